package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The committed messages of one topic. While anything waits, a thread is at work; when
 * the topic fails, all of it is given back at once.
 */
final class CommittedLine {

    private static final Logger logger = LoggerFactory.getLogger(CommittedLine.class);

    /** At a time for one topic. */
    static final int MOST_THREADS = 4;

    private static final int AT_ONCE = 50;

    private final HeldMessages held;

    private final Supplier<LaneConcurrency.@Nullable Place> places;

    private final BooleanSupplier closed;

    private final BiConsumer<List<OutboxEntry>, LaneConcurrency.Place> send;

    private final Consumer<List<OutboxEntry>> giveBack;

    private final List<OutboxEntry> queue = new ArrayList<>();

    private int threads;

    CommittedLine(HeldMessages held, Supplier<LaneConcurrency.@Nullable Place> places, BooleanSupplier closed,
            BiConsumer<List<OutboxEntry>, LaneConcurrency.Place> send, Consumer<List<OutboxEntry>> giveBack) {
        this.held = held;
        this.places = places;
        this.closed = closed;
        this.send = send;
        this.giveBack = giveBack;
    }

    /** Says what is not taken. */
    List<OutboxEntry> offer(List<OutboxEntry> entries, Executor pool) {
        List<OutboxEntry> refused = new ArrayList<>();
        LaneConcurrency.Place place;
        synchronized (this) {
            if (this.closed.getAsBoolean()) {
                return entries;
            }
            place = enter();
            if (place == null && this.threads == 0) {
                return entries;
            }
            for (OutboxEntry entry : entries) {
                (this.held.take(entry) ? this.queue : refused).add(entry);
            }
        }
        begin(place, pool);
        return refused;
    }

    synchronized List<OutboxEntry> takeAll() {
        return take(this.queue.size());
    }

    private LaneConcurrency.@Nullable Place enter() {
        LaneConcurrency.Place place = (this.threads < MOST_THREADS) ? this.places.get() : null;
        if (place != null) {
            this.threads++;
        }
        return place;
    }

    private List<OutboxEntry> take(int most) {
        List<OutboxEntry> first = this.queue.subList(0, Math.min(most, this.queue.size()));
        List<OutboxEntry> taken = List.copyOf(first);
        first.clear();
        return taken;
    }

    private void begin(LaneConcurrency.@Nullable Place place, Executor pool) {
        if (place == null) {
            return;
        }
        try {
            pool.execute(() -> run(place, pool));
        }
        catch (Throwable ex) {
            if (!(ex instanceof RejectedExecutionException)) {
                logger.warn("No thread can be had to send committed messages; the relay sends them", ex);
            }
            leave(place);
        }
    }

    private void run(LaneConcurrency.Place place, Executor pool) {
        try {
            for (List<OutboxEntry> some = next(place, pool); !some.isEmpty(); some = next(place, pool)) {
                deliver(some, place);
                // Of an interrupt that was not meant to stop this, nothing is left.
                boolean unused = Thread.interrupted();
                if (this.closed.getAsBoolean()) {
                    returnAll(takeAll());
                }
            }
        }
        catch (Throwable ex) {
            logger.warn("Sending committed messages failed; the relay sends them", ex);
            leave(place);
        }
    }

    private void deliver(List<OutboxEntry> some, LaneConcurrency.Place place) {
        try {
            this.send.accept(some, place);
        }
        catch (Throwable ex) {
            logger.warn("Sending {} committed messages failed; they are sent again when their claim has run out",
                    some.size(), ex);
        }
        finally {
            this.held.release(some);
        }
    }

    /** The next ones; none: the thread has left. */
    private List<OutboxEntry> next(LaneConcurrency.Place place, Executor pool) {
        List<OutboxEntry> some;
        LaneConcurrency.Place another;
        synchronized (this) {
            some = take(AT_ONCE);
            another = this.queue.isEmpty() ? null : enter();
            if (some.isEmpty()) {
                this.threads--;
                place.leave();
            }
        }
        begin(another, pool);
        return some;
    }

    private void leave(LaneConcurrency.Place place) {
        List<OutboxEntry> left;
        synchronized (this) {
            this.threads--;
            place.leave();
            left = (this.threads == 0) ? takeAll() : List.of();
        }
        returnAll(left);
    }

    private void returnAll(List<OutboxEntry> entries) {
        if (!entries.isEmpty()) {
            this.held.release(entries);
            this.giveBack.accept(entries);
        }
    }

}

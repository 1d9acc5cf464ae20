package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes records whose effects have happened although the store could not be told in
 * time: with the same token, so that one that was taken over since then is left alone.
 * Goes on until the store has answered, the retention is over or the application ends.
 * <p>
 * A crash leaves those that wait claimed with a lease that has run out: another copy
 * repeats the effect, and reconciliation calls it uncertain.
 */
final class LateCompletions implements AutoCloseable {

    /** Most that wait. */
    static final int CAPACITY = 10_000;

    private static final Logger logger = LoggerFactory.getLogger(LateCompletions.class);

    private static final int TOGETHER = 256;

    /** After so many failures in a row the store is away. */
    private static final int AWAY = 3;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private static final Duration FIRST_PAUSE_WHEN_OVER = Duration.ofSeconds(1);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private static final Duration LONGEST_PAUSE_WHEN_OVER = Duration.ofMinutes(1);

    private final LeaseKeeper keeper;

    private final List<Late> waiting = new ArrayList<>();

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor((task) -> {
        Thread thread = new Thread(task, "reliable-mq-late-completions");
        thread.setDaemon(true);
        return thread;
    });

    private @Nullable ScheduledFuture<?> next;

    private Duration pause = FIRST_PAUSE;

    private int together = TOGETHER;

    LateCompletions(LeaseKeeper keeper) {
        this.keeper = keeper;
    }

    /**
     * Takes one over.
     * @param known whether its loss was counted before
     */
    void add(HeldLease lease, Duration retention, boolean known) {
        synchronized (this) {
            if (this.waiting.size() < CAPACITY && !this.scheduler.isShutdown()) {
                this.waiting.add(new Late(lease, retention, System.nanoTime(), known));
                if (this.waiting.size() == 1) {
                    this.pause = lease.isOver() ? FIRST_PAUSE_WHEN_OVER : FIRST_PAUSE;
                    schedule(this.pause);
                }
                else if (!lease.isOver() && this.pause.compareTo(LONGEST_PAUSE) > 0) {
                    this.pause = FIRST_PAUSE;
                    schedule(this.pause);
                }
                return;
            }
        }
        if (!known) {
            this.keeper.completionLost(lease, new IllegalStateException("Too many completions are waiting"));
        }
    }

    private synchronized void schedule(Duration delay) {
        ScheduledFuture<?> before = this.next;
        if (before != null) {
            before.cancel(false);
        }
        try {
            this.next = this.scheduler.schedule(this::run, delay.toMillis(), TimeUnit.MILLISECONDS);
        }
        catch (RejectedExecutionException ex) {
            logger.debug("{} completions are left to run out", this.waiting.size(), ex);
        }
    }

    private void run() {
        boolean empty = false;
        try {
            empty = complete(AWAY);
        }
        catch (RuntimeException | Error ex) {
            // Whatever it is: what waits is tried again.
            logger.warn("Records could not be completed late; trying again", ex);
        }
        finally {
            if (!empty) {
                again();
            }
        }
    }

    private void again() {
        synchronized (this) {
            boolean over = this.waiting.stream().allMatch((late) -> late.lease().isOver());
            Duration longest = over ? LONGEST_PAUSE_WHEN_OVER : LONGEST_PAUSE;
            Duration doubled = this.pause.multipliedBy(2);
            this.pause = (doubled.compareTo(longest) < 0) ? doubled : longest;
            schedule(this.pause);
        }
    }

    /** Whether none is left. */
    private boolean complete(int away) {
        List<Late> all;
        synchronized (this) {
            all = List.copyOf(this.waiting);
        }
        int failures = 0;
        Map<Duration, List<Late>> byRetention = all.stream().collect(Collectors.groupingBy(Late::retention));
        for (List<Late> same : byRetention.values()) {
            for (int from = 0; from < same.size() && failures < away; from += this.together) {
                List<Late> some = same.subList(from, Math.min(same.size(), from + this.together));
                RuntimeException failure = this.keeper.tryToCompleteAll(some.stream().map(Late::lease).toList(),
                        some.get(0).retention());
                failures = (failure != null) ? failures + 1 : 0;
                settle(some, failure);
            }
        }
        // One that cannot be completed must not hold up the others for long.
        this.together = (failures > 0) ? Math.max(1, this.together / 16) : TOGETHER;
        synchronized (this) {
            return this.waiting.isEmpty();
        }
    }

    private synchronized void settle(List<Late> some, @Nullable RuntimeException failure) {
        this.waiting.removeAll(some);
        if (failure == null) {
            some.stream().filter(Late::known).forEach((late) -> {
                RecordKey key = late.lease().lease().key();
                logger.info("The record of {} of {} was completed after all", key.identity(), key.group());
            });
            return;
        }
        List<Late> lost = new ArrayList<>();
        for (Late late : some) {
            boolean over = late.lease().isOver();
            if (over && !late.known()) {
                lost.add(late);
            }
            if (System.nanoTime() - late.since() < late.retention().toNanos()) {
                // At the end, so that the others have their turn.
                this.waiting.add(new Late(late.lease(), late.retention(), late.since(), late.known() || over));
            }
        }
        lost.forEach((late) -> this.keeper.completionLost(late.lease(), failure));
    }

    /** Tries once more. What is left then runs out, or has done so. */
    @Override
    public void close() {
        this.scheduler.shutdownNow();
        try {
            boolean ended = this.scheduler.awaitTermination(10, TimeUnit.SECONDS);
            if (ended && !complete(1)) {
                logger.warn("The records of {} effects could not be completed: their messages are uncertain",
                        this.waiting.size());
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * One that waits.
     *
     * @param known whether its loss was counted
     */
    private record Late(HeldLease lease, Duration retention, long since, boolean known) {
    }

}

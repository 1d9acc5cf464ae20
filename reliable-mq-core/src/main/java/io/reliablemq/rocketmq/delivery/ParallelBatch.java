package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A batch whose messages are in flight at the same time. The consuming thread begins them
 * in order as long as there is room, finishes each when it has reported itself, and waits
 * for all. One that cannot begin or be finished comes again, and costs the others
 * nothing.
 * <p>
 * What runs is abandoned only by an interruption while the container closes: its pool has
 * stopped. Any other interruption of this thread changes nothing, since the claims of
 * what runs must be held for as long.
 */
final class ParallelBatch {

    private static final Logger logger = LoggerFactory.getLogger(ParallelBatch.class);

    /** The container is to close. */
    static final DeliveryResult NOT_BEGUN = DeliveryResult.again(Outcome.IN_PROGRESS, Duration.ofSeconds(1));

    private static final DeliveryResult BROKEN = DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10));

    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final List<MessageExt> messages;

    private final ParallelDelivery delivery;

    private final Semaphore room;

    private final long timeoutNanos;

    private final Throttle throttle;

    private final BooleanSupplier closed;

    /** A thread has one batch at a time. */
    private final MessageQueue turn = new MessageQueue("", "batch", (int) Thread.currentThread().getId());

    private final @Nullable DeliveryResult[] results;

    private final IdentityHashMap<BegunDelivery, Integer> running = new IdentityHashMap<>();

    private final BlockingQueue<BegunDelivery> reported = new LinkedBlockingQueue<>();

    private int next;

    private long lastBegun;

    /**
     * Creates a batch.
     * @param room bounds what is under way in all batches of the listener
     * @param timeout how long the last one may take, zero for as long as it wants
     * @param throttle tells when one may begin
     * @param closed whether the container is to close, so that none is to begin any more
     */
    ParallelBatch(List<MessageExt> messages, ParallelDelivery delivery, Semaphore room, Duration timeout,
            Throttle throttle, BooleanSupplier closed) {
        this.messages = messages;
        this.delivery = delivery;
        this.room = room;
        this.timeoutNanos = timeout.toNanos();
        this.throttle = throttle;
        this.closed = closed;
        this.results = new @Nullable DeliveryResult[messages.size()];
    }

    /**
     * Runs it.
     * @return a result for each message, in their order
     * @throws InterruptedException if the container stops; there are no results then
     */
    public List<DeliveryResult> run() throws InterruptedException {
        try {
            while (this.next < this.messages.size() || !this.running.isEmpty()) {
                stepUninterrupted();
            }
        }
        finally {
            this.running.keySet().forEach((begun) -> {
                begun.abandon();
                leave();
            });
        }
        List<DeliveryResult> all = new ArrayList<>();
        for (DeliveryResult result : this.results) {
            if (result != null) {
                all.add(result);
            }
        }
        return all;
    }

    private void stepUninterrupted() throws InterruptedException {
        try {
            if (Thread.interrupted()) {
                // What is finished next must not fail for it.
                throw new InterruptedException();
            }
            step();
        }
        catch (InterruptedException ex) {
            if (this.closed.getAsBoolean()) {
                throw ex;
            }
            logger.warn("A thread that waits for {} messages in flight was interrupted, and not by its container;"
                    + " it goes on waiting", this.running.size());
        }
    }

    private void step() throws InterruptedException {
        BegunDelivery done = this.reported.poll();
        if (done != null) {
            finish(done);
        }
        else if (this.next < this.messages.size() && this.closed.getAsBoolean()) {
            while (this.next < this.messages.size()) {
                this.results[this.next++] = NOT_BEGUN;
            }
        }
        else if (this.next < this.messages.size() && takeRoom()) {
            Duration wait = this.throttle.turn(this.turn);
            if (wait.isZero()) {
                begin();
            }
            else {
                this.room.release();
                waitForTurn(wait);
            }
        }
        else if (!this.running.isEmpty()) {
            await();
        }
    }

    private void waitForTurn(Duration wait) throws InterruptedException {
        this.throttle.notBegun(this.messages.subList(this.next, this.messages.size()));
        BegunDelivery done = this.reported.poll(Math.min(wait.toNanos(), SLICE_NANOS), TimeUnit.NANOSECONDS);
        if (done != null) {
            finish(done);
        }
    }

    private void leave() {
        this.throttle.leave();
        this.room.release();
    }

    /** Waits for room only while nothing of this batch could make some. */
    private boolean takeRoom() throws InterruptedException {
        if (this.running.isEmpty()) {
            this.room.acquire();
            return true;
        }
        return this.room.tryAcquire();
    }

    private void begin() {
        int index = this.next++;
        try {
            this.lastBegun = System.nanoTime();
            this.running.put(this.delivery.begin(this.messages.get(index), this.reported::add), index);
        }
        catch (Throwable ex) {
            leave();
            this.results[index] = broken(index, ex);
        }
    }

    private void await() throws InterruptedException {
        BegunDelivery done;
        if (this.timeoutNanos == 0) {
            done = this.reported.take();
        }
        else {
            long remaining = this.timeoutNanos - (System.nanoTime() - this.lastBegun);
            done = this.reported.poll(Math.max(0, remaining), TimeUnit.NANOSECONDS);
        }
        if (done != null) {
            finish(done);
        }
        else {
            expire();
        }
    }

    private void finish(BegunDelivery done) {
        Integer index = this.running.remove(done);
        if (index != null) {
            leave();
            this.results[index] = end(index, done::finish);
        }
    }

    private DeliveryResult end(int index, Supplier<DeliveryResult> ending) {
        try {
            return ending.get();
        }
        catch (Throwable ex) {
            return broken(index, ex);
        }
    }

    private DeliveryResult broken(int index, Throwable ex) {
        MessageExt message = this.messages.get(index);
        logger.error("The delivery of message {} of topic {} could not be begun or ended; it comes again in {}",
                message.getMsgId(), message.getTopic(), BROKEN.again(), DescribableFailure.of(ex));
        return BROKEN;
    }

    private void expire() {
        List<BegunDelivery> late = List.copyOf(this.running.keySet());
        for (BegunDelivery begun : late) {
            Integer index = this.running.remove(begun);
            if (index != null) {
                leave();
                this.results[index] = end(index, begun::expire);
            }
        }
    }

}

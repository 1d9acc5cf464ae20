package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * What one consuming thread was handed at once: begins the messages in order as long as
 * there is room, finishes each when it has reported itself, and waits for all.
 */
final class ParallelBatch {

    private final List<MessageExt> messages;

    private final ParallelDelivery delivery;

    private final Semaphore room;

    private final long timeoutNanos;

    private final @Nullable Verdict[] verdicts;

    private final IdentityHashMap<BegunDelivery, Integer> running = new IdentityHashMap<>();

    private final BlockingQueue<BegunDelivery> reported = new LinkedBlockingQueue<>();

    private int next;

    private long lastBegun;

    /**
     * Creates a batch.
     * @param room bounds what is under way in all batches of the listener
     * @param timeout how long the last one may take, zero for as long as it wants
     */
    ParallelBatch(List<MessageExt> messages, ParallelDelivery delivery, Semaphore room, Duration timeout) {
        this.messages = messages;
        this.delivery = delivery;
        this.room = room;
        this.timeoutNanos = timeout.toNanos();
        this.verdicts = new @Nullable Verdict[messages.size()];
    }

    /**
     * Runs it.
     * @return a verdict for each message, in their order
     * @throws InterruptedException if the container stops; there are no verdicts then
     */
    List<Verdict> run() throws InterruptedException {
        try {
            while (this.next < this.messages.size() || !this.running.isEmpty()) {
                step();
            }
        }
        finally {
            this.running.keySet().forEach((begun) -> {
                begun.abandon();
                this.room.release();
            });
        }
        List<Verdict> all = new ArrayList<>();
        for (Verdict verdict : this.verdicts) {
            if (verdict != null) {
                all.add(verdict);
            }
        }
        return all;
    }

    private void step() throws InterruptedException {
        BegunDelivery done = this.reported.poll();
        if (done != null) {
            finish(done);
        }
        else if (this.next < this.messages.size() && takeRoom()) {
            begin();
        }
        else if (!this.running.isEmpty()) {
            await();
        }
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
        boolean begun = false;
        try {
            this.lastBegun = System.nanoTime();
            this.running.put(this.delivery.begin(this.messages.get(index), this.reported::add), index);
            begun = true;
        }
        finally {
            if (!begun) {
                this.room.release();
            }
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
            this.room.release();
            this.verdicts[index] = done.finish();
        }
    }

    private void expire() {
        List<BegunDelivery> late = List.copyOf(this.running.keySet());
        for (BegunDelivery begun : late) {
            Integer index = this.running.remove(begun);
            if (index != null) {
                this.room.release();
                this.verdicts[index] = begun.expire();
            }
        }
    }

}

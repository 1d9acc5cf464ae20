package io.reliablemq.outbox.jdbc;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.producer.AttemptResult;
import org.jspecify.annotations.Nullable;

/**
 * A queue of sent messages that are not recorded yet, bounded by number and by bytes.
 */
final class SentQueue {

    private static final int CAPACITY = 10_000;

    private static final int AT_ONCE = 500;

    private static final long BYTES_AT_ONCE = 4 * 1024 * 1024;

    private static final long OVERHEAD = 1024;

    private final BlockingQueue<Sent> queue = new ArrayBlockingQueue<>(CAPACITY);

    private final AtomicLong bytes = new AtomicLong();

    private final long maxBytes;

    SentQueue(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Says whether there was room. One message has room, however large. */
    boolean offer(Sent sent) {
        long size = sent.bytes();
        long sum = this.bytes.addAndGet(size);
        if ((sum <= this.maxBytes || sum == size) && this.queue.offer(sent)) {
            return true;
        }
        this.bytes.addAndGet(-size);
        return false;
    }

    boolean isEmpty() {
        return this.queue.isEmpty();
    }

    /** Waits a moment for the first; empty if none came. */
    List<Sent> take() throws InterruptedException {
        List<Sent> some = new ArrayList<>();
        long taken = 0;
        Sent next = this.queue.poll(100, TimeUnit.MILLISECONDS);
        while (next != null) {
            some.add(next);
            taken += next.bytes();
            next = (some.size() < AT_ONCE && taken < BYTES_AT_ONCE) ? this.queue.poll() : null;
        }
        return some;
    }

    /** Their room is free again. */
    void written(List<Sent> some) {
        this.bytes.addAndGet(-some.stream().mapToLong(Sent::bytes).sum());
    }

    /**
     * A message that was sent.
     *
     * @param at when that was learned
     */
    record Sent(StoredMessage message, AttemptResult.Stored stored, Instant at) {

        long bytes() {
            return this.message.payload().length + OVERHEAD;
        }

        static @Nullable Instant earliest(List<Sent> some) {
            return some.stream().map(Sent::at).min(Instant::compareTo).orElse(null);
        }

    }

}

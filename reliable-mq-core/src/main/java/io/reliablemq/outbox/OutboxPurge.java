package io.reliablemq.outbox;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Deletion of sent messages after their retention, in small batches.
 */
final class OutboxPurge {

    private static final int AT_ONCE = 1000;

    private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

    private final OutboxStore store;

    private final Duration retention;

    private long next = System.nanoTime() + INTERVAL;

    OutboxPurge(OutboxStore store, Duration retention) {
        this.store = store;
        this.retention = retention;
    }

    /** Whether there is more to delete at once. */
    boolean run(long now) {
        if (now - this.next < 0) {
            return false;
        }
        boolean more = this.store.purge(this.retention, AT_ONCE) >= AT_ONCE;
        if (!more) {
            this.next = now + INTERVAL;
        }
        return more;
    }

}

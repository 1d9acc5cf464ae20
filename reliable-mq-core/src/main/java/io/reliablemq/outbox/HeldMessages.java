package io.reliablemq.outbox;

import java.util.Collection;

/**
 * The limit of messages held in memory, by number and by bytes.
 */
final class HeldMessages {

    private static final int MOST = 2000;

    private static final long MOST_BYTES = Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 16);

    private int count;

    private long bytes;

    /** Whether it fits; a message that is too large for all others is taken alone. */
    synchronized boolean take(OutboxEntry entry) {
        long weight = weight(entry);
        if (this.count >= MOST || (this.count > 0 && this.bytes + weight > MOST_BYTES)) {
            return false;
        }
        this.count++;
        this.bytes += weight;
        return true;
    }

    synchronized void release(Collection<OutboxEntry> entries) {
        this.count -= entries.size();
        entries.forEach((entry) -> this.bytes -= weight(entry));
    }

    private static long weight(OutboxEntry entry) {
        return entry.message().body().length;
    }

}

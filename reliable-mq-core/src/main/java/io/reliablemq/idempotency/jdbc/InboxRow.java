package io.reliablemq.idempotency.jdbc;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A row of an idempotency record.
 *
 * @param status its status
 * @param token the token given out last
 * @param leaseUntil end of the claim, in ms; 0 once released
 * @param now the database's time when it was read, in ms
 * @param origin origin of the message that claimed it, if that is known
 */
record InboxRow(InboxStatus status, long token, long leaseUntil, long now, @Nullable Long origin) {

    InboxRow(InboxStatus status, long token, long leaseUntil, long now) {
        this(status, token, leaseUntil, now, null);
    }

    /** How many tokens there are for one millisecond. */
    static final long DRAWN = 1_000_000;

    boolean isProcessing() {
        return this.status == InboxStatus.PROCESSING;
    }

    boolean isLive() {
        return isProcessing() && this.leaseUntil > this.now;
    }

    Duration remaining() {
        return Duration.ofMillis(Math.max(0, this.leaseUntil - this.now));
    }

    /**
     * Greater than the last one, and another one for each that takes the record over.
     * @param fresh a first token
     */
    long nextToken(long fresh) {
        return (fresh > this.token) ? fresh : this.token + 1 + fresh % DRAWN;
    }

}

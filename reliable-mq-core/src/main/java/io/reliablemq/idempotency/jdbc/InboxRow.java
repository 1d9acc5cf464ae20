package io.reliablemq.idempotency.jdbc;

import java.time.Duration;

/**
 * What is known about a record.
 *
 * @param status its status
 * @param token the token given out last
 * @param leaseUntil end of the claim, in ms; 0 once released
 * @param now the database's time when it was read, in ms
 */
record InboxRow(InboxStatus status, long token, long leaseUntil, long now) {

    boolean isProcessing() {
        return this.status == InboxStatus.PROCESSING;
    }

    boolean isLive() {
        return isProcessing() && this.leaseUntil > this.now;
    }

    Duration remaining() {
        return Duration.ofMillis(Math.max(0, this.leaseUntil - this.now));
    }

    long nextToken() {
        return Math.max(this.token + 1, this.now);
    }

}

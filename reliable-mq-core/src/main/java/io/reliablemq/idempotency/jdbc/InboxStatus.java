package io.reliablemq.idempotency.jdbc;

/**
 * What the column {@code status} can say.
 */
enum InboxStatus {

    /** Claimed, or free again if the lease is over. */
    PROCESSING,

    /** The effect has happened. */
    DONE,

    /** Skipped as the duplicate of another message. */
    ALIAS

}

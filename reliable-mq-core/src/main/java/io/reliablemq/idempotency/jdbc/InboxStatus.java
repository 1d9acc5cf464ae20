package io.reliablemq.idempotency.jdbc;

/**
 * The status of an idempotency record.
 */
enum InboxStatus {

    /** Claimed, or free again if the lease is over. */
    PROCESSING,

    /** The effect has happened. */
    DONE,

    /** Skipped as the duplicate of another message. */
    ALIAS,

    /** Given up; its dead letter can be replayed. */
    PARKED,

    /** Left out on purpose, to spare a backlog. */
    DROPPED,

    /** Given up for good by an operator. */
    DISCARDED

}

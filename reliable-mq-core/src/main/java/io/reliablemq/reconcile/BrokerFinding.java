package io.reliablemq.reconcile;

/**
 * What the brokers say about a message that a group has no record of.
 */
enum BrokerFinding {

    /** They did not answer. */
    UNANSWERED,

    /** A copy is parked in the group's own dead-letter topic. */
    PARKED,

    /** A copy waits in the group's retry topic. */
    COMING_AGAIN,

    /** Deleted because of its age. */
    EXPIRED,

    /** Nowhere. */
    MISSING,

    /** Stored, and the group has not come to it yet. */
    UNREAD,

    /** Stored, and the group has acknowledged it. */
    ACKNOWLEDGED,

    /**
     * The group has acknowledged it, or a copy of it, but perhaps not under its guard: at
     * its last registration it had not come to it yet, or it did so in a gap.
     */
    ACKNOWLEDGED_BY_SOMEONE

}

package io.reliablemq.deadletter;

/**
 * Where a dead letter stands. PARKED → REPLAYING → RESOLVED, or back to PARKED; DISCARDED
 * for good.
 */
public enum DeadLetterStatus {

    /** Waits for somebody to decide. Copies of the message are skipped. */
    PARKED,

    /** A copy is on its way to the group, or the listener is at it. */
    REPLAYING,

    /** The listener has processed it. */
    RESOLVED,

    /** Given up for good. Copies of the message are skipped. */
    DISCARDED

}

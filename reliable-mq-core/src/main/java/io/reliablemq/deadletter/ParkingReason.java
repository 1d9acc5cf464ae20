package io.reliablemq.deadletter;

/**
 * Why a message was parked.
 */
public enum ParkingReason {

    /** The listener failed as often as its policy allows. */
    EXHAUSTED,

    /** The listener's exception is one after which trying again is of no use. */
    NOT_RETRYABLE,

    /** The payload cannot be converted, or the message has no usable key. */
    UNREADABLE,

    /** Its listener gave way under overload, and drops what it cannot take. */
    DROPPED,

    /** It was found in the group's {@code %DLQ%} topic. */
    DRAINED

}

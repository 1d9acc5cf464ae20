package io.reliablemq.producer;

/**
 * Classification of a failed attempt by whether another one can help.
 */
public enum FailureKind {

    /** It may pass: brokers restart, networks heal, topics are created. */
    TRANSIENT,

    /** Nothing in the next seconds can cure it, but the message itself is in order. */
    UNAVAILABLE,

    /**
     * The message is in order, but this one cannot be taken before some time has passed;
     * others can.
     */
    NOT_YET,

    /** The message is at fault: it can never be sent as it is. */
    ILLEGAL

}

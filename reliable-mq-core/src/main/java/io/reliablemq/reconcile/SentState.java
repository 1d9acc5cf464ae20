package io.reliablemq.reconcile;

/**
 * What the ledger says about the sending of a message.
 */
public enum SentState {

    /** Acknowledged by a broker. */
    SENT,

    /** Stored and not sent yet, or it cannot be sent. */
    NOT_SENT,

    /** Never to be sent: a person has decided so. */
    DISCARDED,

    /**
     * Sent without an answer, and the sender was told so: it may be stored, but nobody
     * was promised that.
     */
    UNCERTAIN

}

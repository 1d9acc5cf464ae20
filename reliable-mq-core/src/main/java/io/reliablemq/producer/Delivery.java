package io.reliablemq.producer;

/**
 * Where a message was when the send returned.
 */
public enum Delivery {

    /** The broker has acknowledged it with the status asked for. */
    ACKNOWLEDGED,

    /** It is stored in the outbox and will be sent from there. */
    OUTBOXED

}

package io.reliablemq.outbox;

import io.reliablemq.ReliableMQException;

/**
 * The outbox's store could not answer. What was to be written may be written.
 */
public class OutboxStoreException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     * @param message what could not be done, and what to do about it
     * @param cause what the store failed with
     */
    public OutboxStoreException(String message, Throwable cause) {
        super(message, cause);
    }

}

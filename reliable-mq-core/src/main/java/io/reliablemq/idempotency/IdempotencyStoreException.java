package io.reliablemq.idempotency;

import io.reliablemq.ReliableMQException;

/**
 * The store could not answer. Says neither "new" nor "duplicate": the message must be
 * delivered again.
 */
public class IdempotencyStoreException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     * @param message what was tried, on which record
     * @param cause the driver's exception
     */
    public IdempotencyStoreException(String message, Throwable cause) {
        super(message, cause);
    }

}

package io.reliablemq.idempotency;

import io.reliablemq.ReliableMQException;

/**
 * The identity of a message is null, empty or too long. Trying again cannot help.
 */
public class InvalidRecordKeyException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     * @param message what is wrong and what to do
     */
    public InvalidRecordKeyException(String message) {
        super(message);
    }

}

package io.reliablemq;

import org.jspecify.annotations.Nullable;

/**
 * Root of the exceptions that this library throws. The message says what to do.
 */
public class ReliableMQException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception without a cause.
     * @param message what happened and what to do
     */
    public ReliableMQException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what happened and what to do
     * @param cause what led to it
     */
    public ReliableMQException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

}

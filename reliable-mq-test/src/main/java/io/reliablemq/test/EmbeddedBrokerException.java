package io.reliablemq.test;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when the embedded broker can't start, stop or answer. The message says what to
 * do.
 */
public class EmbeddedBrokerException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception without a cause.
     * @param message what happened and what to do
     */
    public EmbeddedBrokerException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what happened and what to do
     * @param cause what led to it
     */
    public EmbeddedBrokerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

}

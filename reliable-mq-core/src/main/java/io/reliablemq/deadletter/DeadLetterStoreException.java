package io.reliablemq.deadletter;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * The store of dead letters could not answer: whether a change was made is not known.
 * Trying again is safe.
 */
public class DeadLetterStoreException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     * @param message what could not be done, and what to do
     * @param cause the store's exception
     */
    public DeadLetterStoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

}

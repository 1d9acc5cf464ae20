package io.reliablemq.deadletter;

import org.jspecify.annotations.Nullable;

/**
 * The store answers, but does not take this letter with its payload, however often that
 * is tried: the payload has to be kept somewhere else.
 */
public class UnstorableLetterException extends DeadLetterStoreException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     * @param message why it is not taken
     * @param cause what the database or the codec says
     */
    public UnstorableLetterException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

}

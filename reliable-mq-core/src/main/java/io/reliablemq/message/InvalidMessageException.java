package io.reliablemq.message;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * A message that can never be sent as it is: sending it again cannot help. Nothing was
 * sent.
 */
public class InvalidMessageException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     * @param message what is wrong and what to write instead
     */
    public InvalidMessageException(String message) {
        super(message);
    }

    /**
     * Creates the exception with its cause.
     * @param message what is wrong and what to write instead
     * @param cause what found it
     */
    public InvalidMessageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

}

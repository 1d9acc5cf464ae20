package io.reliablemq.outbox;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * The outbox's store failed. Whether what was to be written is written nevertheless,
 * {@link #isUncertain()} tells: a message that may be stored will be sent then, so send
 * it again only under the same id.
 */
public class OutboxStoreException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    private final boolean uncertain;

    /**
     * Creates the exception of a store that does not know what is written.
     * @param message what could not be done, and what to do about it
     * @param cause what the store failed with
     */
    public OutboxStoreException(String message, Throwable cause) {
        this(message, true, cause);
    }

    /**
     * Creates the exception.
     * @param message what could not be done, and what to do about it
     * @param uncertain whether what was to be written may be written
     * @param cause what the store failed with, {@code null} if it did not fail by an
     * exception
     */
    public OutboxStoreException(String message, boolean uncertain, @Nullable Throwable cause) {
        super(message, cause);
        this.uncertain = uncertain;
    }

    /**
     * Whether what was to be written may be written.
     * @return {@code true} if a commit was asked for and not answered; {@code false} if
     * nothing was committed. In a transaction of the caller's the store commits nothing:
     * what becomes of that one decides
     */
    public boolean isUncertain() {
        return this.uncertain;
    }

}

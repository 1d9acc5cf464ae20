package io.reliablemq.producer;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * A message was not acknowledged with the status asked for. Whether it is stored
 * nevertheless, {@link #isUncertain()} tells. Send it again under the same id, so that
 * idempotent consumers process it once.
 */
public class SendFailedException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    private final long id;

    private final String destination;

    private final int attempts;

    private final boolean uncertain;

    private final boolean retryable;

    /**
     * Creates the exception.
     * @param message what happened and what to do
     * @param id the message's id
     * @param destination {@code topic} or {@code topic:tag}
     * @param attempts how many attempts were made
     * @param uncertain whether any of them may have stored the message
     * @param cause what the last attempt failed with, {@code null} if it did not fail by
     * an exception
     */
    public SendFailedException(String message, long id, String destination, int attempts, boolean uncertain,
            @Nullable Throwable cause) {
        this(message, id, destination, attempts, uncertain, true, cause);
    }

    SendFailedException(String message, long id, String destination, int attempts, boolean uncertain, boolean retryable,
            @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
        this.id = id;
        this.destination = destination;
        this.attempts = attempts;
        this.uncertain = uncertain;
    }

    /**
     * The id of the message, to be given when it is sent again.
     * @return the id
     */
    public long getId() {
        return this.id;
    }

    /**
     * Where it was to go.
     * @return {@code topic} or {@code topic:tag}
     */
    public String getDestination() {
        return this.destination;
    }

    /**
     * How many attempts were made.
     * @return the number, 0 if time ran out before the first
     */
    public int getAttempts() {
        return this.attempts;
    }

    /**
     * Whether the broker may have stored the message.
     * @return {@code true} if any attempt timed out, lost its connection or was answered
     * with a lower status than asked for; {@code false} if the message is certainly not
     * stored
     */
    public boolean isUncertain() {
        return this.uncertain;
    }

    /**
     * Whether sending the same message again later can help.
     * @return {@code false} if the message itself is at fault, so that no broker will
     * take it as it is
     */
    public boolean isRetryable() {
        return this.retryable;
    }

}

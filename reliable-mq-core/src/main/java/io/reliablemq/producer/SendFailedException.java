package io.reliablemq.producer;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * A message was not acknowledged with the status asked for, nor certainly stored in the
 * outbox, if there is one. Whether it is stored nevertheless, {@link #isUncertain()}
 * tells. Send it again under the same id, so that idempotent consumers process it once.
 */
public class SendFailedException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    private final long id;

    private final String destination;

    private final int attempts;

    private final boolean uncertain;

    private final boolean retryable;

    private final boolean maybeKept;

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
        this(message, id, destination, attempts, uncertain, retryable, false, cause);
    }

    private SendFailedException(String message, long id, String destination, int attempts, boolean uncertain,
            boolean retryable, boolean maybeKept, @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
        this.maybeKept = maybeKept;
        this.id = id;
        this.destination = destination;
        this.attempts = attempts;
        this.uncertain = uncertain;
    }

    /** The same failure, when a buffer does not know whether it has kept the message. */
    SendFailedException maybeKept(Throwable noAnswer) {
        SendFailedException failure = new SendFailedException(
                getMessage()
                        + " The outbox may have stored it, to be sent later: send it again only under the same id.",
                this.id, this.destination, this.attempts, true, this.retryable, true, getCause());
        for (Throwable suppressed : getSuppressed()) {
            failure.addSuppressed(suppressed);
        }
        failure.addSuppressed(noAnswer);
        return failure;
    }

    boolean isMaybeKept() {
        return this.maybeKept;
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
     * Whether the message may be stored, by the broker or in the outbox.
     * @return {@code true} if any attempt timed out, lost its connection or was answered
     * with a lower status than asked for, or if the outbox's database did not answer when
     * the message was to be stored; {@code false} if the message is certainly not stored
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

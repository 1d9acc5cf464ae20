package io.reliablemq.outbox;

import java.time.Duration;

import io.reliablemq.producer.PreparedMessage;
import org.jspecify.annotations.Nullable;

/**
 * A message to be stored.
 *
 * @param cluster name of the cluster it goes to
 * @param message the message
 * @param claimed whether the storing instance sends it itself after the commit; never
 * with an ordering key
 * @param attempts how often it was handed to a broker already
 * @param uncertain whether a broker may hold it already
 * @param error what the last attempt failed with
 * @param delay how long the relay leaves it alone, if it is not claimed
 */
public record OutboxMessage(String cluster, PreparedMessage message, boolean claimed, int attempts, boolean uncertain,
        @Nullable String error, Duration delay) {

    /**
     * Checks that order is left to the relay.
     */
    public OutboxMessage {
        if (claimed && message.orderingKey() != null) {
            throw new IllegalArgumentException("A message with an ordering key is sent by the relay only.");
        }
    }

    /**
     * A message that may be sent at once.
     * @param cluster name of the cluster it goes to
     * @param message the message
     * @param claimed whether the storing instance sends it itself after the commit
     * @param attempts how often it was handed to a broker already
     * @param uncertain whether a broker may hold it already
     * @param error what the last attempt failed with
     */
    public OutboxMessage(String cluster, PreparedMessage message, boolean claimed, int attempts, boolean uncertain,
            @Nullable String error) {
        this(cluster, message, claimed, attempts, uncertain, error, Duration.ZERO);
    }

    static OutboxMessage fresh(String cluster, PreparedMessage message, boolean claimed) {
        return new OutboxMessage(cluster, message, claimed && message.orderingKey() == null, 0, false, null);
    }

    /** The same for any instance to send. */
    OutboxMessage unclaimed() {
        return this.claimed
                ? new OutboxMessage(this.cluster, this.message, false, this.attempts, this.uncertain, this.error)
                : this;
    }

}

package io.reliablemq.outbox;

import java.time.Duration;

import io.reliablemq.producer.SendTarget;
import io.reliablemq.producer.StorageStatus;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a claimed message.
 */
public sealed interface OutboxOutcome {

    /**
     * Whose outcome it is.
     * @return the claimed message
     */
    OutboxEntry entry();

    /**
     * The same without the message's body, to be kept for a while.
     * @return what is needed to write it
     */
    default OutboxOutcome withoutBody() {
        OutboxEntry light = entry().withoutBody();
        if (this instanceof Sent it) {
            return new Sent(light, it.target(), it.status(), it.queueOffset());
        }
        if (this instanceof Again it) {
            return new Again(light, it.delay(), it.attempts(), it.uncertain(), it.error());
        }
        return new Parked(light, ((Parked) this).reason());
    }

    /**
     * The broker has acknowledged it.
     *
     * @param entry the claimed message
     * @param target where it is
     * @param status how safely
     * @param queueOffset at which place of the queue, -1 if that is not known
     */
    record Sent(OutboxEntry entry, SendTarget target, StorageStatus status, long queueOffset) implements OutboxOutcome {
    }

    /**
     * It is to be tried again.
     *
     * @param entry the claimed message
     * @param delay not before that time has passed
     * @param attempts how often it was handed to a broker in this claim
     * @param uncertain whether a broker may hold it
     * @param error what happened, {@code null} if nothing did
     */
    record Again(OutboxEntry entry, Duration delay, int attempts, boolean uncertain,
            @Nullable String error) implements OutboxOutcome {
    }

    /**
     * It can never be sent as it is.
     *
     * @param entry the claimed message
     * @param reason why
     */
    record Parked(OutboxEntry entry, String reason) implements OutboxOutcome {
    }

}

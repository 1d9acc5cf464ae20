package io.reliablemq.deadletter;

import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A parked message with its content.
 *
 * @param letter the letter
 * @param message the message as it was delivered
 * @param origin where the parked delivery came from
 * @param stackTrace stack trace of the last exception
 */
public record DeadLetterDetails(DeadLetter letter, StoredMessage message, DeliveryOrigin origin,
        @Nullable String stackTrace) {
}

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
 * @param complete whether the letter has the message's payload; if not, its note says
 * why, and where that is
 */
public record DeadLetterDetails(DeadLetter letter, StoredMessage message, DeliveryOrigin origin,
        @Nullable String stackTrace, boolean complete) {

    /**
     * A letter with the whole message.
     * @param letter the letter
     * @param message the message as it was delivered
     * @param origin where the parked delivery came from
     * @param stackTrace stack trace of the last exception
     */
    public DeadLetterDetails(DeadLetter letter, StoredMessage message, DeliveryOrigin origin,
            @Nullable String stackTrace) {
        this(letter, message, origin, stackTrace, true);
    }

}

package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Result of a delivery: acknowledge the message or deliver it again, and why.
 *
 * @param outcome how the delivery ended
 * @param again wait before the next delivery; {@code null} to acknowledge the message
 */
public record DeliveryResult(Outcome outcome, @Nullable Duration again) {

    public static DeliveryResult acknowledge(Outcome outcome) {
        return new DeliveryResult(outcome, null);
    }

    public static DeliveryResult again(Outcome outcome, Duration delay) {
        return new DeliveryResult(outcome, delay);
    }

    /** Values of the meter's tag. */
    public enum Outcome {

        PROCESSED, DUPLICATE, IN_PROGRESS, FAILED, PARKED, OTHER_GROUP, DEFERRED, DROPPED;

        /** Whether something threw. */
        boolean isFailure() {
            return this == FAILED || this == PARKED;
        }

        String tag() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

    }

}

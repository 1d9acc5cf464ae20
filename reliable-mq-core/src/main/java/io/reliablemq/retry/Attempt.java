package io.reliablemq.retry;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What a store remembers about the deliveries of a message that did not succeed.
 *
 * @param failures how often the listener failed
 * @param postponements how often the delivery was put off without running the listener
 * @param nextDue earliest time of the next delivery
 * @param exception class name of the last failure's exception, {@code null} if it was
 * only ever postponed
 */
public record Attempt(int failures, int postponements, Instant nextDue, @Nullable String exception) {
}

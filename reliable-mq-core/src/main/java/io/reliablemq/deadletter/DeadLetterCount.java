package io.reliablemq.deadletter;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * How many letters of one group have failed for one reason.
 *
 * @param group consumer group
 * @param status their status
 * @param exception class of their exception
 * @param count how many they are
 * @param oldest when the first of them was parked
 */
public record DeadLetterCount(String group, DeadLetterStatus status, @Nullable String exception, long count,
        Instant oldest) {
}

package io.reliablemq.deadletter;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Which letters are meant. What is {@code null} does not matter.
 *
 * @param group consumer group
 * @param topic topic of the message
 * @param exception class name of the exception, with or without its package
 * @param status where the letter stands
 * @param parkedFrom parked at or after
 * @param parkedTo parked before
 */
public record DeadLetterFilter(@Nullable String group, @Nullable String topic, @Nullable String exception,
        @Nullable DeadLetterStatus status, @Nullable Instant parkedFrom, @Nullable Instant parkedTo) {

    /**
     * All letters.
     * @return a filter without a condition
     */
    public static DeadLetterFilter all() {
        return new DeadLetterFilter(null, null, null, null, null, null);
    }

    /**
     * Letters of one group.
     * @param wanted consumer group
     * @return this filter with that condition
     */
    public DeadLetterFilter withGroup(@Nullable String wanted) {
        return new DeadLetterFilter(wanted, this.topic, this.exception, this.status, this.parkedFrom, this.parkedTo);
    }

    /**
     * Letters of one topic.
     * @param wanted topic of the message
     * @return this filter with that condition
     */
    public DeadLetterFilter withTopic(@Nullable String wanted) {
        return new DeadLetterFilter(this.group, wanted, this.exception, this.status, this.parkedFrom, this.parkedTo);
    }

    /**
     * Letters with one exception.
     * @param wanted its class name, with or without the package
     * @return this filter with that condition
     */
    public DeadLetterFilter withException(@Nullable String wanted) {
        return new DeadLetterFilter(this.group, this.topic, wanted, this.status, this.parkedFrom, this.parkedTo);
    }

    /**
     * Letters of one status.
     * @param wanted the status
     * @return this filter with that condition
     */
    public DeadLetterFilter withStatus(@Nullable DeadLetterStatus wanted) {
        return new DeadLetterFilter(this.group, this.topic, this.exception, wanted, this.parkedFrom, this.parkedTo);
    }

    /**
     * Letters that were parked in a span of time.
     * @param from at or after
     * @param to before
     * @return this filter with that condition
     */
    public DeadLetterFilter parkedBetween(@Nullable Instant from, @Nullable Instant to) {
        return new DeadLetterFilter(this.group, this.topic, this.exception, this.status, from, to);
    }

}

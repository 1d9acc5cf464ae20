package io.reliablemq.rocketmq;

import java.time.Duration;

/**
 * How long the messages of a consumer group matter.
 *
 * @param name the group
 * @param guarded whether its listener is guarded
 * @param retention how long its records are remembered
 * @param retrySpan longest time over which a message is retried, zero if there is no end
 */
public record GroupTerms(String name, boolean guarded, Duration retention, Duration retrySpan) {
}

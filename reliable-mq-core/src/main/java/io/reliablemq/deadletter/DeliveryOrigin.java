package io.reliablemq.deadletter;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Where a delivery came from.
 *
 * @param brokerName the broker
 * @param queueId the queue
 * @param queueOffset the offset in the queue
 * @param bornAt when the message was sent
 * @param storedAt when the broker stored this copy
 * @param reconsumeTimes RocketMQ's own counter of redeliveries
 */
public record DeliveryOrigin(@Nullable String brokerName, int queueId, long queueOffset, @Nullable Instant bornAt,
        @Nullable Instant storedAt, int reconsumeTimes) {
}

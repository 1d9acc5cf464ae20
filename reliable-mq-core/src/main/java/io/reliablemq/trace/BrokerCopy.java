package io.reliablemq.trace;

import java.time.Instant;

import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * One copy of a message, found by a broker's index.
 *
 * @param topic the topic, {@code %RETRY%group} and {@code %DLQ%group} too
 * @param broker name of the broker, its address if it is not known
 * @param queueId the queue
 * @param queueOffset the place in the queue
 * @param bornAt when the client made it
 * @param storedAt when the broker stored it
 * @param messageId its {@code RELIABLE_ID}, if it carries one
 * @param space its {@code RELIABLE_SPACE}, if it carries one
 * @param uniqKey RocketMQ's UNIQ_KEY
 * @param redeliveries how often it was delivered before
 */
public record BrokerCopy(String topic, String broker, int queueId, long queueOffset, Instant bornAt, Instant storedAt,
        @Nullable Long messageId, @Nullable String space, @Nullable String uniqKey, int redeliveries) {

    /**
     * A copy of a message without an id space.
     * @param topic as above
     * @param broker as above
     * @param queueId as above
     * @param queueOffset as above
     * @param bornAt as above
     * @param storedAt as above
     * @param messageId as above
     * @param uniqKey as above
     * @param redeliveries as above
     */
    public BrokerCopy(String topic, String broker, int queueId, long queueOffset, Instant bornAt, Instant storedAt,
            @Nullable Long messageId, @Nullable String uniqKey, int redeliveries) {
        this(topic, broker, queueId, queueOffset, bornAt, storedAt, messageId, null, uniqKey, redeliveries);
    }

    @Nullable MessageId message() {
        return (this.messageId != null) ? new MessageId(this.messageId, this.space) : null;
    }

}

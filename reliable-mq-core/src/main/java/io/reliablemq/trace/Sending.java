package io.reliablemq.trace;

import java.time.Instant;

import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * What the sender's database knows of one message.
 *
 * @param source {@code outbox} or {@code ledger}
 * @param messageId its {@code RELIABLE_ID}
 * @param space its {@code RELIABLE_SPACE}, if it carries one
 * @param uniqKey RocketMQ's UNIQ_KEY, where it is noted
 * @param topic the topic
 * @param tag the tag, if it has one
 * @param status PENDING, SENT, PARKED or DISCARDED; SENT in the ledger
 * @param attempts failed attempts so far, 0 in the ledger
 * @param uncertain whether the broker may hold it although no attempt was acknowledged
 * @param createdAt when it was stored, {@code null} in the ledger
 * @param deliverAt when it becomes due, if it is delayed
 * @param sentAt when it was acknowledged
 * @param broker which broker acknowledged it
 * @param queueId in which queue
 * @param queueOffset at which place of the queue
 * @param sendStatus with which status
 * @param resends how often it was sent again
 * @param lastError what the last attempt failed with
 */
public record Sending(String source, long messageId, @Nullable String space, @Nullable String uniqKey, String topic,
        @Nullable String tag, String status, int attempts, boolean uncertain, @Nullable Instant createdAt,
        @Nullable Instant deliverAt, @Nullable Instant sentAt, @Nullable String broker, @Nullable Integer queueId,
        @Nullable Long queueOffset, @Nullable String sendStatus, int resends, @Nullable String lastError) {

    /**
     * Of a message without an id space.
     * @param source as above
     * @param messageId as above
     * @param uniqKey as above
     * @param topic as above
     * @param tag as above
     * @param status as above
     * @param attempts as above
     * @param uncertain as above
     * @param createdAt as above
     * @param deliverAt as above
     * @param sentAt as above
     * @param broker as above
     * @param queueId as above
     * @param queueOffset as above
     * @param sendStatus as above
     * @param resends as above
     * @param lastError as above
     */
    public Sending(String source, long messageId, @Nullable String uniqKey, String topic, @Nullable String tag,
            String status, int attempts, boolean uncertain, @Nullable Instant createdAt, @Nullable Instant deliverAt,
            @Nullable Instant sentAt, @Nullable String broker, @Nullable Integer queueId, @Nullable Long queueOffset,
            @Nullable String sendStatus, int resends, @Nullable String lastError) {
        this(source, messageId, null, uniqKey, topic, tag, status, attempts, uncertain, createdAt, deliverAt, sentAt,
                broker, queueId, queueOffset, sendStatus, resends, lastError);
    }

    MessageId message() {
        return new MessageId(this.messageId, this.space);
    }

}

package io.reliablemq.trace;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What the sender's database knows of one message.
 *
 * @param source {@code outbox} or {@code ledger}
 * @param messageId its {@code RELIABLE_ID}
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
public record Sending(String source, long messageId, @Nullable String uniqKey, String topic, @Nullable String tag,
        String status, int attempts, boolean uncertain, @Nullable Instant createdAt, @Nullable Instant deliverAt,
        @Nullable Instant sentAt, @Nullable String broker, @Nullable Integer queueId, @Nullable Long queueOffset,
        @Nullable String sendStatus, int resends, @Nullable String lastError) {
}

package io.reliablemq.deadletter;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A parked message without its content.
 *
 * @param id number of the letter
 * @param key consumer group, identity and {@code RELIABLE_ID} of the message
 * @param topic the topic it was sent to
 * @param tag its tag
 * @param keys its keys
 * @param orderingKey its ordering key
 * @param uniqKey RocketMQ's UNIQ_KEY
 * @param status where it stands
 * @param reason why it was parked
 * @param failures how often the listener had failed
 * @param postponements how often the delivery had been put off
 * @param exception class of the last exception
 * @param exceptionMessage message of the last exception
 * @param parkedAt when it was parked first
 * @param updatedAt when it was last changed
 * @param parkings how often it was parked
 * @param replays how often it was replayed
 * @param replay the replay under way or last; its epoch is 0 if there was none
 * @param changedBy who changed it last
 * @param note why it was discarded, or taken back from a replay
 * @param cluster name of the cluster that its listener consumes from
 */
public record DeadLetter(long id, RecordKey key, String topic, @Nullable String tag, List<String> keys,
        @Nullable String orderingKey, @Nullable String uniqKey, DeadLetterStatus status, ParkingReason reason,
        int failures, int postponements, @Nullable String exception, @Nullable String exceptionMessage,
        Instant parkedAt, Instant updatedAt, int parkings, int replays, Replay replay, @Nullable String changedBy,
        @Nullable String note, String cluster) {

    /**
     * A letter of a listener on the cluster that {@code rocketmq.name-server} leads to.
     * @param id as above
     * @param key as above
     * @param topic as above
     * @param tag as above
     * @param keys as above
     * @param orderingKey as above
     * @param uniqKey as above
     * @param status as above
     * @param reason as above
     * @param failures as above
     * @param postponements as above
     * @param exception as above
     * @param exceptionMessage as above
     * @param parkedAt as above
     * @param updatedAt as above
     * @param parkings as above
     * @param replays as above
     * @param replay as above
     * @param changedBy as above
     * @param note as above
     */
    public DeadLetter(long id, RecordKey key, String topic, @Nullable String tag, List<String> keys,
            @Nullable String orderingKey, @Nullable String uniqKey, DeadLetterStatus status, ParkingReason reason,
            int failures, int postponements, @Nullable String exception, @Nullable String exceptionMessage,
            Instant parkedAt, Instant updatedAt, int parkings, int replays, Replay replay, @Nullable String changedBy,
            @Nullable String note) {
        this(id, key, topic, tag, keys, orderingKey, uniqKey, status, reason, failures, postponements, exception,
                exceptionMessage, parkedAt, updatedAt, parkings, replays, replay, changedBy, note,
                StoredMessage.DEFAULT_CLUSTER);
    }

    /**
     * Whether a delivery is one of this letter's message. A message that could not be
     * read when it was parked has another identity since, but the same id.
     * @param delivered the record under which a message was delivered
     * @return whether group and identity, or group, id and space, are those of the letter
     */
    public boolean isOf(RecordKey delivered) {
        boolean same = this.key.identity().equals(delivered.identity())
                || (delivered.messageId() != null && Objects.equals(delivered.message(), this.key.message()));
        return same && this.key.group().equals(delivered.group());
    }

    /**
     * A replay.
     *
     * @param owner the instance that is sending the copy; {@code null} once it is sent
     * @param epoch number of this replay, from 1
     * @param until until when its end is waited for
     */
    public record Replay(@Nullable String owner, long epoch, Instant until) {
    }

}

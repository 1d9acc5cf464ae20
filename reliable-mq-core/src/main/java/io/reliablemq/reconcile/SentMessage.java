package io.reliablemq.reconcile;

import java.time.Instant;

import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * A row of the ledger, without the payload.
 *
 * @param rowId finds the row again
 * @param id the message's {@code RELIABLE_ID}
 * @param recordedAt when the row was written; windows go by it
 * @param cluster name of the cluster
 * @param topic the topic, without a namespace
 * @param tag the tag, if it has one
 * @param state what is known about its sending
 * @param sentAt when it was sent; {@code null} if it was not
 * @param deliverAt when it becomes due, if it is delayed
 * @param uniqKey RocketMQ's UNIQ_KEY
 * @param position where the broker said that it is; {@code null} if it did not
 * @param lastResentAt when a compensation sent it last
 * @param space the message's {@code RELIABLE_SPACE}, if it carries one
 */
public record SentMessage(long rowId, long id, Instant recordedAt, String cluster, String topic, @Nullable String tag,
        SentState state, @Nullable Instant sentAt, @Nullable Instant deliverAt, @Nullable String uniqKey,
        @Nullable QueuePosition position, @Nullable Instant lastResentAt, @Nullable String space) {

    /**
     * A row about a message without an id space.
     * @param rowId as above
     * @param id as above
     * @param recordedAt as above
     * @param cluster as above
     * @param topic as above
     * @param tag as above
     * @param state as above
     * @param sentAt as above
     * @param deliverAt as above
     * @param uniqKey as above
     * @param position as above
     * @param lastResentAt as above
     */
    public SentMessage(long rowId, long id, Instant recordedAt, String cluster, String topic, @Nullable String tag,
            SentState state, @Nullable Instant sentAt, @Nullable Instant deliverAt, @Nullable String uniqKey,
            @Nullable QueuePosition position, @Nullable Instant lastResentAt) {
        this(rowId, id, recordedAt, cluster, topic, tag, state, sentAt, deliverAt, uniqKey, position, lastResentAt,
                null);
    }

    /**
     * What identifies the message.
     * @return its id and space
     */
    public MessageId messageId() {
        return new MessageId(this.id, this.space);
    }

    /**
     * Since when the group could have it: sent, due and, if it was, sent again.
     * @return the latest of these times
     */
    public Instant availableSince() {
        return later(dueAt(), this.lastResentAt);
    }

    /** When every group could have it for the first time. */
    Instant dueAt() {
        return later(firstSentAt(), this.deliverAt);
    }

    /** When a copy was last sent, whenever it was due. */
    Instant lastSentAt() {
        return later(firstSentAt(), this.lastResentAt);
    }

    private Instant firstSentAt() {
        return (this.sentAt != null) ? this.sentAt : this.recordedAt;
    }

    private static Instant later(Instant one, @Nullable Instant other) {
        return (other != null && other.isAfter(one)) ? other : one;
    }

}

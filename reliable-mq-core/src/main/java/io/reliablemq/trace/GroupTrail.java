package io.reliablemq.trace;

import java.time.Instant;

import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * What one consumer group knows of one message.
 *
 * @param group the consumer group
 * @param identity what the group knows the message by
 * @param messageId its {@code RELIABLE_ID}, if it carries one
 * @param space its {@code RELIABLE_SPACE}, if it carries one
 * @param record its idempotency record, if there is one
 * @param attempts its failed deliveries, if there were any since the last success
 * @param deadLetter where it is parked, if it is or was
 */
public record GroupTrail(String group, String identity, @Nullable Long messageId, @Nullable String space,
        @Nullable Recorded record, @Nullable Attempts attempts, @Nullable DeadLetter deadLetter) {

    /**
     * Of a message without an id space.
     * @param group as above
     * @param identity as above
     * @param messageId as above
     * @param record as above
     * @param attempts as above
     * @param deadLetter as above
     */
    public GroupTrail(String group, String identity, @Nullable Long messageId, @Nullable Recorded record,
            @Nullable Attempts attempts, @Nullable DeadLetter deadLetter) {
        this(group, identity, messageId, null, record, attempts, deadLetter);
    }

    @Nullable MessageId message() {
        return (this.messageId != null) ? new MessageId(this.messageId, this.space) : null;
    }

    /**
     * The idempotency record.
     *
     * @param status PROCESSING, DONE, ALIAS, PARKED, DROPPED or DISCARDED
     * @param createdAt when the first delivery began
     * @param until when it ended; while PROCESSING, the end of the claim
     * @param duplicateOf the identity that it is an alias of
     */
    public record Recorded(String status, Instant createdAt, Instant until, @Nullable String duplicateOf) {
    }

    /**
     * Failed deliveries.
     *
     * @param failures how often the listener failed
     * @param postponements how often somebody else was processing it
     * @param nextDue when it is delivered again
     * @param exception class of the last exception
     */
    public record Attempts(int failures, int postponements, Instant nextDue, @Nullable String exception) {
    }

    /**
     * The dead letter.
     *
     * @param status PARKED, REPLAYING, RESOLVED or DISCARDED
     * @param reason why it was parked
     * @param failures how often the listener had failed
     * @param exception class of the exception
     * @param exceptionMessage its message
     * @param parkedAt when it was parked
     * @param replays how often it was replayed
     * @param note what an operator noted
     */
    public record DeadLetter(String status, String reason, int failures, @Nullable String exception,
            @Nullable String exceptionMessage, Instant parkedAt, int replays, @Nullable String note) {
    }

}

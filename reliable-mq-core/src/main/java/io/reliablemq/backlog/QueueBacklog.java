package io.reliablemq.backlog;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How far one group is behind on one queue.
 *
 * @param broker name of the broker
 * @param queueId number of the queue on this broker
 * @param messages messages that wait for the group
 * @param inFlight messages that clients of the group have pulled and not acknowledged; 0
 * if none is connected or the broker does not tell
 * @param age age of the oldest message that waits, zero if none does
 * @param minOffset offset of the oldest message that is kept
 * @param maxOffset offset that the next message will get
 * @param committed offset of the oldest message that is not consumed,
 * {@link QueueReading#NEVER} if the group has none
 * @param lost messages that were deleted before they were consumed
 * @param frozenFor how long messages have waited at least while the committed offset did
 * not move; zero if it moved since the last poll, or nothing waits
 * @param stalled whether that is long enough to call the queue stalled
 * @param head the message that the queue waits for, looked up for a stalled queue only
 */
public record QueueBacklog(String broker, int queueId, long messages, long inFlight, Duration age, long minOffset,
        long maxOffset, long committed, long lost, Duration frozenFor, boolean stalled, @Nullable WaitingMessage head) {

    /**
     * Name of the queue, for sentences and keys.
     * @return broker and number
     */
    public String name() {
        return this.broker + ":" + this.queueId;
    }

    /**
     * The same with the message that it waits for.
     * @param message what was found
     * @return a copy
     */
    public QueueBacklog withHead(@Nullable WaitingMessage message) {
        return new QueueBacklog(this.broker, this.queueId, this.messages, this.inFlight, this.age, this.minOffset,
                this.maxOffset, this.committed, this.lost, this.frozenFor, this.stalled, message);
    }

}

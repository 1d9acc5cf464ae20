package io.reliablemq.backlog;

import java.time.Duration;

/**
 * What a broker said about one queue and one group.
 *
 * @param broker name of the broker
 * @param queueId number of the queue on this broker
 * @param minOffset offset of the oldest message that is kept
 * @param maxOffset offset that the next message will get
 * @param committed offset of the oldest message that is not consumed, or {@link #NEVER}
 * @param pulled offset that the group has not pulled yet, {@link #NEVER} if the broker
 * does not tell
 * @param matching how many of the waiting messages are for the group
 * @param accuracy what that number is worth
 * @param age age of the oldest message that waits, zero if none does
 */
public record QueueReading(String broker, int queueId, long minOffset, long maxOffset, long committed, long pulled,
        long matching, LagAccuracy accuracy, Duration age) {

    /** No offset. */
    public static final long NEVER = -1;

    /**
     * A queue where every message is for the group.
     * @param broker name of the broker
     * @param queueId number of the queue
     * @param minOffset offset of the oldest message
     * @param maxOffset offset of the next message
     * @param committed committed offset or {@link #NEVER}
     * @param pulled pulled offset or {@link #NEVER}
     */
    public QueueReading(String broker, int queueId, long minOffset, long maxOffset, long committed, long pulled) {
        this(broker, queueId, minOffset, maxOffset, committed, pulled,
                Math.max(0, maxOffset - Math.max(committed, minOffset)), LagAccuracy.EXACT, Duration.ZERO);
    }

    /**
     * Where the group goes on: what is older was consumed or is gone.
     * @return an offset
     */
    public long next() {
        return Math.max(this.committed, this.minOffset);
    }

    /**
     * How many messages are not consumed, be they for the group or not.
     * @return 0 or more
     */
    public long behind() {
        return Math.max(0, this.maxOffset - next());
    }

    /**
     * How many messages were deleted before the group had consumed them.
     * @return 0 for a group that never consumed
     */
    public long lost() {
        return (this.committed != NEVER) ? Math.max(0, this.minOffset - this.committed) : 0;
    }

    /**
     * How many messages a client of the group has in memory, or had when it ended.
     * @return 0 where the broker does not tell
     */
    public long inFlight() {
        return (this.pulled != NEVER) ? Math.max(0, this.pulled - next()) : 0;
    }

    /**
     * The same queue with another age.
     * @param age age of the oldest message that waits
     * @return a copy
     */
    public QueueReading withAge(Duration age) {
        return new QueueReading(this.broker, this.queueId, this.minOffset, this.maxOffset, this.committed, this.pulled,
                this.matching, this.accuracy, age);
    }

    /**
     * The same queue with another number of messages for the group.
     * @param matching how many
     * @param accuracy what that is worth
     * @return a copy
     */
    public QueueReading withMatching(long matching, LagAccuracy accuracy) {
        return new QueueReading(this.broker, this.queueId, this.minOffset, this.maxOffset, this.committed, this.pulled,
                matching, accuracy, this.age);
    }

}

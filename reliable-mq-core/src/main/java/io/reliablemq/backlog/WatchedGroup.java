package io.reliablemq.backlog;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What is known about a group besides its topics.
 *
 * @param group consumer group
 * @param own whether this application has a listener of it
 * @param complete whether all its topics could be read
 * @param consumers clients that are connected
 * @param pausedBy who has paused its listener in this instance, empty if nobody has
 * @param retryMessages messages that wait in its retry topic, {@code null} if that could
 * not be read
 * @param retryAge age of the oldest of them, counted from its redelivery
 * @param waitingForRetry messages that wait until they are due again, as the attempt
 * store knows them; {@code null} if there is none or it cannot count
 * @param deadLettersAtBroker messages in its {@code %DLQ%} topic, drained or not;
 * {@code null} if that could not be read
 * @param deadLettersInDatabase parked letters in the database, {@code null} if there is
 * none or it could not be read
 */
public record WatchedGroup(String group, boolean own, boolean complete, int consumers, Set<String> pausedBy,
        @Nullable Long retryMessages, Duration retryAge, @Nullable Long waitingForRetry,
        @Nullable Long deadLettersAtBroker, @Nullable Long deadLettersInDatabase) {

    /**
     * Copies the set.
     */
    public WatchedGroup {
        pausedBy = Set.copyOf(pausedBy);
    }

    /**
     * The same with what the database knows.
     * @param counts the counts, {@code null} if they could not be read
     * @return a copy
     */
    public WatchedGroup with(BacklogRecords.@Nullable Counts counts) {
        return (counts != null) ? new WatchedGroup(this.group, this.own, this.complete, this.consumers, this.pausedBy,
                this.retryMessages, this.retryAge, counts.waitingForRetry(), this.deadLettersAtBroker, counts.parked())
                : this;
    }

    /**
     * Both together.
     * @param other what is known of the same group on another cluster
     * @return the sums; nothing where one of them is not known, and the fewer consumers
     */
    public WatchedGroup and(WatchedGroup other) {
        Set<String> paused = new HashSet<>(this.pausedBy);
        paused.addAll(other.pausedBy);
        return new WatchedGroup(this.group, this.own || other.own, this.complete && other.complete,
                Math.min(this.consumers, other.consumers), paused, sum(this.retryMessages, other.retryMessages),
                (this.retryAge.compareTo(other.retryAge) > 0) ? this.retryAge : other.retryAge, this.waitingForRetry,
                sum(this.deadLettersAtBroker, other.deadLettersAtBroker), this.deadLettersInDatabase);
    }

    private static @Nullable Long sum(@Nullable Long one, @Nullable Long other) {
        return (one != null && other != null) ? (Long) (one + other) : null;
    }

}

package io.reliablemq.backlog;

import java.util.Collection;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What a store knows about messages that no broker shows: those that wait for a retry,
 * and those that were parked in it.
 */
@FunctionalInterface
public interface BacklogRecords {

    /**
     * Counts. Only reads, in no transaction of the caller's.
     * @param groups consumer groups
     * @return counts by group; a group without any may be missing
     * @throws io.reliablemq.ReliableMQException if the store cannot answer
     */
    Map<String, Counts> count(Collection<String> groups);

    /**
     * Knows nothing, for applications without such a store.
     * @return records without counts
     */
    static BacklogRecords none() {
        return (groups) -> Map.of();
    }

    /**
     * Counts of one group.
     *
     * @param waitingForRetry messages whose next delivery is not due yet, {@code null} if
     * the store cannot count them
     * @param parked letters that wait for a decision, {@code null} if the store has none
     */
    record Counts(@Nullable Long waitingForRetry, @Nullable Long parked) {
    }

}

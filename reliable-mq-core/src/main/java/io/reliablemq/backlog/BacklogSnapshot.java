package io.reliablemq.backlog;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How far groups were behind at one moment.
 *
 * @param at when the poll began, by the node's clock
 * @param groups one entry per cluster, consumer group and topic
 * @param problems what could not be read, in words; such groups are missing above
 * @param cost how long the poll took
 * @param watched one entry per consumer group
 * @param questions how many questions name servers and brokers were asked
 */
public record BacklogSnapshot(Instant at, List<GroupBacklog> groups, List<String> problems, Duration cost,
        List<WatchedGroup> watched, int questions) {

    /**
     * Copies the lists.
     */
    public BacklogSnapshot {
        groups = List.copyOf(groups);
        problems = List.copyOf(problems);
        watched = List.copyOf(watched);
    }

    /**
     * Without what is known per group.
     * @param at when the poll began
     * @param groups one entry per consumer group and topic
     * @param problems what could not be read
     * @param cost how long the poll took
     */
    public BacklogSnapshot(Instant at, List<GroupBacklog> groups, List<String> problems, Duration cost) {
        this(at, groups, problems, cost, List.of(), 0);
    }

    /**
     * What is known before the first poll.
     * @return a snapshot without groups, of the year 1970
     */
    public static BacklogSnapshot none() {
        return new BacklogSnapshot(Instant.EPOCH, List.of(), List.of(), Duration.ZERO);
    }

    /**
     * The topics of one group.
     * @param group consumer group
     * @return its entries, empty if it is unknown or could not be read
     */
    public List<GroupBacklog> of(String group) {
        return this.groups.stream().filter((it) -> it.group().equals(group)).toList();
    }

    /**
     * One topic of one group; on the cluster where it is behind most, if the application
     * consumes from several in the name of that group.
     * @param group consumer group
     * @param topic topic
     * @return its entry, if there is one
     */
    public Optional<GroupBacklog> of(String group, String topic) {
        return of(group).stream()
            .filter((it) -> it.topic().equals(topic))
            .max(Comparator.comparing(GroupBacklog::age).thenComparing(GroupBacklog::messages));
    }

    /**
     * One group besides its topics.
     * @param group consumer group
     * @return its entry, if it could be asked for
     */
    public Optional<WatchedGroup> watched(String group) {
        return this.watched.stream().filter((it) -> it.group().equals(group)).findFirst();
    }

}

package io.reliablemq.backlog;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How far groups were behind at one moment.
 *
 * @param at when the poll began, by the node's clock
 * @param groups one entry per consumer group and topic
 * @param problems what could not be read, in words; such groups are missing above
 * @param cost how long the poll took
 */
public record BacklogSnapshot(Instant at, List<GroupBacklog> groups, List<String> problems, Duration cost) {

    /**
     * Copies the lists.
     */
    public BacklogSnapshot {
        groups = List.copyOf(groups);
        problems = List.copyOf(problems);
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
     * One topic of one group.
     * @param group consumer group
     * @param topic topic
     * @return its entry, if there is one
     */
    public Optional<GroupBacklog> of(String group, String topic) {
        return of(group).stream().filter((it) -> it.topic().equals(topic)).findFirst();
    }

}

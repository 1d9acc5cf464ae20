package io.reliablemq.reconcile;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The result of a run.
 *
 * @param runId identifies the run
 * @param window what it compared: of a sharded run, its own part
 * @param shard which part, from 0
 * @param shards how many parts there are
 * @param dryRun whether nothing was sent again
 * @param startedAt when it began
 * @param finishedAt when it ended
 * @param groups one per group
 */
public record ReconcileReport(long runId, Window window, int shard, int shards, boolean dryRun, Instant startedAt,
        Instant finishedAt, List<GroupReport> groups) {

    /**
     * Copies the list.
     */
    public ReconcileReport {
        groups = List.copyOf(groups);
    }

    /**
     * The part about a group.
     * @param group consumer group
     * @return its report, empty if the group is not known
     */
    public Optional<GroupReport> group(String group) {
        return this.groups.stream().filter((report) -> report.group().equals(group)).findFirst();
    }

    /**
     * How many messages have a verdict, over all groups.
     * @param verdict the verdict
     * @return their number
     */
    public long count(Verdict verdict) {
        return this.groups.stream().mapToLong((report) -> report.count(verdict)).sum();
    }

    /**
     * Messages sent again, over all groups.
     * @return their number
     */
    public long resent() {
        return this.groups.stream().mapToLong(GroupReport::resent).sum();
    }

}

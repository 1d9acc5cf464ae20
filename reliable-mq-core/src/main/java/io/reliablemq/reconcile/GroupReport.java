package io.reliablemq.reconcile;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * The result of a run for one group.
 *
 * @param group consumer group
 * @param counts messages per verdict; verdicts that none had are left out
 * @param examples some ids per verdict, for those that are not {@link Verdict#OK}
 * @param resent messages sent again
 * @param provenUpTo every message that entered the ledger from the beginning of the
 * window up to this time is accounted for; {@code null} if nothing is proven
 * @param failure why something is not known or was not sent again; {@code null} if
 * nothing failed
 * @param cluster name of the cluster that the group consumes from; several, separated by
 * commas, where it has several names or the group consumes from several clusters
 */
public record GroupReport(String group, Map<Verdict, Long> counts, Map<Verdict, List<Long>> examples, long resent,
        @Nullable Instant provenUpTo, @Nullable String failure, String cluster) {

    /**
     * Copies the maps.
     */
    public GroupReport {
        counts = Map.copyOf(counts);
        examples = Map.copyOf(examples);
    }

    /**
     * A report on a group of the cluster that {@code rocketmq.name-server} leads to.
     * @param group as above
     * @param counts as above
     * @param examples as above
     * @param resent as above
     * @param provenUpTo as above
     * @param failure as above
     */
    public GroupReport(String group, Map<Verdict, Long> counts, Map<Verdict, List<Long>> examples, long resent,
            @Nullable Instant provenUpTo, @Nullable String failure) {
        this(group, counts, examples, resent, provenUpTo, failure, StoredMessage.DEFAULT_CLUSTER);
    }

    /**
     * How many messages have a verdict.
     * @param verdict the verdict
     * @return their number
     */
    public long count(Verdict verdict) {
        return this.counts.getOrDefault(verdict, 0L);
    }

    /**
     * How many messages were compared.
     * @return the sum over all verdicts
     */
    public long examined() {
        return this.counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * How many are lost.
     * @return the sum over the verdicts that are sent again
     */
    public long lost() {
        return this.counts.entrySet()
            .stream()
            .filter((count) -> count.getKey().isLost())
            .mapToLong(Map.Entry::getValue)
            .sum();
    }

}

package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.producer.ClusterAddress;
import org.jspecify.annotations.Nullable;

/**
 * Counts the verdicts on one group's messages during a run.
 */
final class GroupTally {

    private final String group;

    private final ConsumptionRecords records;

    private final Map<Topic, GroupSubscription> topics = new LinkedHashMap<>();

    private final Map<Verdict, Long> counts = new EnumMap<>(Verdict.class);

    private final Map<Verdict, List<Long>> examples = new EnumMap<>(Verdict.class);

    private final int exampleLimit;

    private Instant apartSince = Instant.MIN;

    private long resent;

    private @Nullable Instant firstOpen;

    private boolean readable = true;

    private boolean complete = true;

    private @Nullable String failure;

    GroupTally(String group, ConsumptionRecords records, int exampleLimit) {
        this.group = group;
        this.records = records;
        this.exampleLimit = exampleLimit;
    }

    String group() {
        return this.group;
    }

    ConsumptionRecords records() {
        return this.records;
    }

    void add(GroupSubscription subscription) {
        this.topics.put(new Topic(subscription.cluster(), subscription.topic()), subscription);
    }

    /**
     * The group was registered in another store before, and may have records there: what
     * was sent until it was registered in this one only is not known.
     */
    void addFormer(GroupSubscription former) {
        GroupSubscription present = this.topics.get(new Topic(former.cluster(), former.topic()));
        this.apartSince = later(this.apartSince, former.lastSeen());
        if (present != null) {
            this.apartSince = later(this.apartSince, present.expectedFrom());
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    @Nullable GroupSubscription subscriptionTo(SentMessage message) {
        GroupSubscription named = this.topics.get(new Topic(message.cluster(), message.topic()));
        // Instances with different parts of one list of name servers name it differently.
        return (named != null) ? named
                : this.topics.values()
                    .stream()
                    .filter((other) -> other.topic().equals(message.topic())
                            && ClusterAddress.isSame(other.cluster(), message.cluster()))
                    .findFirst()
                    .orElse(null);
    }

    /**
     * Since when the group's records are complete: none older than its shortest
     * retention, nor those that were deleted when it was shorter or are in another store.
     */
    Instant recordsFrom(Instant now) {
        Duration retention = retention();
        Instant from = (retention != null) ? later(this.apartSince, now.minus(retention)) : this.apartSince;
        for (GroupSubscription subscription : this.topics.values()) {
            Instant deleted = subscription.history().recordsFrom();
            from = (deleted != null && deleted.isAfter(from)) ? deleted : from;
        }
        return from;
    }

    /** As far as the group's registrations tell. */
    private String cluster() {
        return this.topics.isEmpty() ? StoredMessage.DEFAULT_CLUSTER
                : this.topics.keySet()
                    .stream()
                    .map(Topic::cluster)
                    .distinct()
                    .sorted()
                    .collect(Collectors.joining(","));
    }

    /** Says why messages are not known, as far as the registrations are the reason. */
    void explain(Instant now) {
        for (GroupSubscription subscription : this.topics.values()) {
            fail(subscription.history().problem());
            if (subscription.isDisputed()) {
                fail("Instances of consumer group '" + this.group + "' subscribe to " + subscription.topic()
                        + " differently, the last one to '" + subscription.subscription()
                        + "': RocketMQ keeps one subscription per group, and the others lose messages. Give all"
                        + " instances the same one. During a deployment this ends by itself.");
            }
            if (has(Verdict.UNKNOWN) && subscription.openGap(now) != null) {
                fail("Consumer group '" + this.group + "' was last known to be guarded on " + subscription.topic()
                        + " at " + subscription.lastSeen() + "; whether it has what came later is not known."
                        + " Start all its instances with @IdempotentConsumer, or delete its registration if it is"
                        + " gone for good.");
            }
        }
    }

    /** The shortest one, {@code null} if none is known. */
    private @Nullable Duration retention() {
        Duration shortest = null;
        for (GroupSubscription subscription : this.topics.values()) {
            Duration retention = subscription.retention();
            if (retention != null && (shortest == null || retention.compareTo(shortest) < 0)) {
                shortest = retention;
            }
        }
        return shortest;
    }

    void count(SentMessage message, Verdict verdict) {
        this.counts.merge(verdict, 1L, Long::sum);
        if (verdict != Verdict.OK) {
            List<Long> ids = this.examples.computeIfAbsent(verdict, (it) -> new ArrayList<>());
            if (ids.size() < this.exampleLimit) {
                ids.add(message.id());
            }
        }
        if (!verdict.isProven() && (this.firstOpen == null || message.recordedAt().isBefore(this.firstOpen))) {
            this.firstOpen = message.recordedAt();
        }
    }

    void countResent() {
        this.resent++;
    }

    /** The records cannot be read: no more is asked. */
    void unreadable(String reason) {
        this.readable = false;
        fail(reason);
    }

    /** Messages may be missing: those that are there prove nothing. */
    void incomplete(String reason) {
        this.complete = false;
        fail(reason);
    }

    void fail(@Nullable String reason) {
        if (this.failure == null) {
            this.failure = reason;
        }
    }

    boolean isReadable() {
        return this.readable;
    }

    boolean has(Verdict verdict) {
        return this.counts.containsKey(verdict);
    }

    GroupReport report(@Nullable Instant bound, Window window) {
        Instant proven = (this.readable && this.complete) ? bound : null;
        if (proven != null && this.firstOpen != null && this.firstOpen.isBefore(proven)) {
            proven = this.firstOpen;
        }
        if (proven != null && !proven.isAfter(window.from())) {
            proven = null;
        }
        return new GroupReport(this.group, this.counts, this.examples, this.resent, proven, this.failure, cluster());
    }

    private record Topic(String cluster, String name) {
    }

}

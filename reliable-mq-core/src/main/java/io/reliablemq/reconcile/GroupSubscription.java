package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * The subscription of a guarded consumer group to a topic.
 *
 * @param cluster name of the cluster
 * @param group consumer group, without a namespace
 * @param topic the topic, without a namespace
 * @param subscription tags separated by {@code ||}, or {@code *}
 * @param filterType {@code TAG} or {@code SQL92}
 * @param messageModel {@code CLUSTERING} or {@code BROADCASTING}
 * @param ordered whether the group consumes in order
 * @param keyed whether the group has an idempotency key of its own, where that matters:
 * Redis finds no record by the message's id then
 * @param expectedFrom messages that were there before this time are not expected
 * @param lastSeen when the group was last known to be guarded: what was sent later is not
 * known to be consumed with a record
 * @param retention how long the group's records are kept; {@code null} if not known
 * @param history what else is remembered of the registration
 */
public record GroupSubscription(String cluster, String group, String topic, @Nullable String subscription,
        String filterType, String messageModel, boolean ordered, boolean keyed, Instant expectedFrom, Instant lastSeen,
        @Nullable Duration retention, GroupHistory history) {

    /** How often an instance says that it still runs. */
    public static final Duration REFRESH = Duration.ofMinutes(1);

    /** A group that has said nothing for so long is not guarded, or does not run. */
    static final Duration MISSING_AFTER = REFRESH.multipliedBy(3);

    /** One registration may be late without having been interrupted. */
    private static final Duration PATIENCE = REFRESH.multipliedBy(3).dividedBy(2);

    /** The subscription to all tags. */
    static final String ALL = "*";

    /** The filter that can be compared with a message's tag. */
    public static final String TAG = "TAG";

    /** The model in which a message is for one instance of the group. */
    public static final String CLUSTERING = "CLUSTERING";

    /**
     * A registration without a history.
     * @param cluster name of the cluster
     * @param group consumer group, without a namespace
     * @param topic the topic, without a namespace
     * @param subscription tags separated by {@code ||}, or {@code *}
     * @param filterType {@code TAG} or {@code SQL92}
     * @param messageModel {@code CLUSTERING} or {@code BROADCASTING}
     * @param ordered whether the group consumes in order
     * @param keyed whether the group has an idempotency key of its own
     * @param expectedFrom messages that were there before this time are not expected
     * @param lastSeen when the group was last known to be guarded
     * @param retention how long the group's records are kept; {@code null} if not known
     */
    public GroupSubscription(String cluster, String group, String topic, @Nullable String subscription,
            String filterType, String messageModel, boolean ordered, boolean keyed, Instant expectedFrom,
            Instant lastSeen, @Nullable Duration retention) {
        this(cluster, group, topic, subscription, filterType, messageModel, ordered, keyed, expectedFrom, lastSeen,
                retention, GroupHistory.NONE);
    }

    /**
     * Whether it can be told which messages the group should have: not with BROADCASTING,
     * where each instance has its own, nor with SQL92.
     * @return {@code true} if it can be compared
     */
    public boolean isComparable() {
        return TAG.equals(this.filterType) && CLUSTERING.equals(this.messageModel);
    }

    /**
     * Whether messages with a tag are delivered to the group.
     * @param tag the tag; {@code null} for a message without one
     * @return {@code true} if the group subscribes to it
     */
    public boolean matches(@Nullable String tag) {
        Set<String> tags = tags();
        return tags.contains(ALL) || (tag != null && tags.contains(tag));
    }

    /**
     * Whether it says the same about what is delivered.
     * @param other another one of the same group and topic
     * @return {@code true} if tags, filter and model are the same; the order of the tags
     * and blanks do not matter
     */
    public boolean deliversAs(GroupSubscription other) {
        boolean same = isComparable() ? tags().equals(other.tags())
                : String.valueOf(this.subscription).equals(String.valueOf(other.subscription));
        return same && this.filterType.equals(other.filterType) && this.messageModel.equals(other.messageModel);
    }

    /** Whether the group was known to be guarded just now. */
    private boolean isSeen(Instant now) {
        return !now.isAfter(this.lastSeen.plus(MISSING_AFTER));
    }

    /**
     * Whether all that consumes in the name of the group is guarded, as far as is known.
     * @param now the time
     * @return {@code false} if no instance has registered for some time, or others are
     * connected too
     */
    public boolean isGuarded(Instant now) {
        return isSeen(now) && this.history.sharedSince() == null && this.history.problem() == null;
    }

    /**
     * Registers what is not registered yet. For directories.
     * @param now the time, by the directory's clock
     * @return the registration
     */
    public GroupSubscription registeredAt(Instant now) {
        return with(now, now, GroupHistory.NONE).renewed(this, now);
    }

    /**
     * Registers again what is registered already. For directories: the result is what is
     * to be kept.
     * @param told what an instance says, with {@link GroupHistory#of} or without a
     * history
     * @param now the time, by the directory's clock
     * @return the new registration
     * @throws ReliableMQException if the history cannot be read, which a newer version
     * may have written: it is not replaced
     */
    public GroupSubscription renewed(GroupSubscription told, Instant now) {
        String problem = this.history.problem();
        if (problem != null) {
            throw new ReliableMQException(problem);
        }
        return new Registration(this, told, now).renew();
    }

    /**
     * Whether instances with different subscriptions register in turns: RocketMQ keeps
     * one subscription per group, so each loses messages to the other.
     * @return {@code true} if a tag went and came back lately
     */
    public boolean isDisputed() {
        Instant lately = this.lastSeen.minus(MISSING_AFTER);
        return this.history.tags().values().stream().anyMatch((period) -> period.isDisputedAfter(lately));
    }

    GroupSubscription with(Instant expectedFrom, Instant lastSeen, GroupHistory history) {
        return new GroupSubscription(this.cluster, this.group, this.topic, this.subscription, this.filterType,
                this.messageModel, this.ordered, this.keyed, expectedFrom, lastSeen, this.retention, history);
    }

    Set<String> tags() {
        if (this.subscription == null || this.subscription.isBlank() || ALL.equals(this.subscription.trim())) {
            return Set.of(ALL);
        }
        Set<String> tags = new TreeSet<>();
        Arrays.stream(this.subscription.split("\\|\\|"))
            .map(String::trim)
            .filter((tag) -> !tag.isEmpty())
            .forEach(tags::add);
        return tags;
    }

    Map<String, TagPeriod> periods() {
        Map<String, TagPeriod> periods = new HashMap<>(this.history.tags());
        for (String tag : tags()) {
            periods.merge(tag, TagPeriod.since(this.expectedFrom), (known, first) -> known.notBefore(first.since()));
        }
        return periods;
    }

    /** A time that lasts in which the group is perhaps consuming without its guard. */
    @Nullable GuardGap openGap(Instant now) {
        Instant shared = this.history.sharedSince();
        if (shared == null && !now.isAfter(this.lastSeen.plus(PATIENCE))) {
            return null;
        }
        return new GuardGap((shared != null) ? shared : this.lastSeen, now.plus(Duration.ofDays(1)),
                this.history.offsets(), Map.of());
    }

    /** Whether the group should have a message, as far as its registration tells. */
    Expectation expectation(SentMessage message, Instant now) {
        if (this.history.problem() != null) {
            return Expectation.UNREGISTERED;
        }
        Expectation expectation = isComparable() ? bySubscription(message) : Expectation.NOT_EXPECTED;
        if (expectation == Expectation.NOT_EXPECTED) {
            return expectation;
        }
        // Of what says nothing of its clients the time of sending is all that is
        // compared.
        Instant time = this.history.clients().isEmpty() ? message.lastSentAt() : message.availableSince();
        if (!isSeen(now) && time.isAfter(this.lastSeen.plus(REFRESH))) {
            return Expectation.UNREGISTERED;
        }
        GuardGap open = openGap(now);
        boolean doubtful = (open != null && open.leavesInDoubt(message))
                || this.history.gaps().stream().anyMatch((gap) -> gap.leavesInDoubt(message));
        return doubtful ? Expectation.DOUBTFUL : expectation;
    }

    /**
     * Whether the group came to a copy of a message while it was known to be guarded.
     * What it has read since its last registration it may have read without its guard,
     * however short ago that was.
     * @param queue where the copy is, as the offsets name it
     */
    boolean isKnownToHaveGuarded(SentMessage message, String queue, long offset) {
        Map<String, Long> offsets = this.history.offsets();
        return (offsets.isEmpty() || offset < offsets.getOrDefault(queue, 0L))
                && this.history.gaps().stream().noneMatch((gap) -> gap.leavesInDoubt(message, queue, offset));
    }

    private Expectation bySubscription(SentMessage message) {
        Expectation expectation = Expectation.NOT_EXPECTED;
        for (Map.Entry<String, TagPeriod> period : periods().entrySet()) {
            if (ALL.equals(period.getKey()) || period.getKey().equals(message.tag())) {
                expectation = expectation.or(period.getValue().at(message.dueAt()));
            }
        }
        return expectation;
    }

}

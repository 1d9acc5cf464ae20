package io.reliablemq.backlog;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * How far one group is behind on one topic.
 *
 * @param group consumer group
 * @param topic topic
 * @param messages messages that wait, over all queues
 * @param age age of the oldest message that waits, zero if none does
 * @param state how the group gets on
 * @param accuracy what the number of messages is worth
 * @param inFlight those of them that clients have in memory
 * @param rates what arrives and is consumed, {@code null} before the second poll
 * @param timeToDrain how long until nothing waits if it goes on like that; zero if
 * nothing waits, {@code null} if it does not shrink or the rates are not known
 * @param skew messages of the fullest queue over the average, 1 if they are even
 * @param lost messages that were deleted before they were consumed
 * @param expiresIn when the oldest waiting message may be deleted, by the broker's
 * retention; {@code null} if nothing waits or the retention is not known
 * @param stalledFor how long the queue that has stood still longest has done so while
 * messages waited; zero unless the state is {@link BacklogState#STALLED} or
 * {@link BacklogState#NEVER_CONSUMED}
 * @param consumers clients of the group that are connected
 * @param idle those of them without a queue of this topic, as there are more clients than
 * queues
 * @param queues every queue
 * @param cluster name of the cluster
 */
public record GroupBacklog(String group, String topic, long messages, Duration age, BacklogState state,
        LagAccuracy accuracy, long inFlight, @Nullable FlowRates rates, @Nullable Duration timeToDrain, double skew,
        long lost, @Nullable Duration expiresIn, Duration stalledFor, int consumers, int idle,
        List<QueueBacklog> queues, String cluster) {

    /**
     * Copies the list.
     */
    public GroupBacklog {
        queues = List.copyOf(queues);
    }

    /**
     * A backlog on the cluster that {@code rocketmq.name-server} leads to.
     * @param group as above
     * @param topic as above
     * @param messages as above
     * @param age as above
     * @param state as above
     * @param accuracy as above
     * @param inFlight as above
     * @param rates as above
     * @param timeToDrain as above
     * @param skew as above
     * @param lost as above
     * @param expiresIn as above
     * @param stalledFor as above
     * @param consumers as above
     * @param idle as above
     * @param queues as above
     */
    public GroupBacklog(String group, String topic, long messages, Duration age, BacklogState state,
            LagAccuracy accuracy, long inFlight, @Nullable FlowRates rates, @Nullable Duration timeToDrain, double skew,
            long lost, @Nullable Duration expiresIn, Duration stalledFor, int consumers, int idle,
            List<QueueBacklog> queues) {
        this(group, topic, messages, age, state, accuracy, inFlight, rates, timeToDrain, skew, lost, expiresIn,
                stalledFor, consumers, idle, queues, StoredMessage.DEFAULT_CLUSTER);
    }

    /**
     * Without details.
     * @param group consumer group
     * @param topic topic
     * @param messages messages that wait
     * @param age age of the oldest
     */
    public GroupBacklog(String group, String topic, long messages, Duration age) {
        this(group, topic, messages, age, BacklogState.HEALTHY, LagAccuracy.EXACT, 0, null, null, 1, 0, null,
                Duration.ZERO, 0, 0, List.of());
    }

    /**
     * Group and topic, for sentences.
     * @return their names, with that of the cluster unless it is the default one
     */
    public String title() {
        String title = this.group + " on " + this.topic;
        return this.cluster.equals(StoredMessage.DEFAULT_CLUSTER) ? title : title + " at " + this.cluster;
    }

    /**
     * The queue that has stood still longest.
     * @return the queue, empty unless the group is stalled
     */
    public Optional<QueueBacklog> stalledQueue() {
        return this.queues.stream()
            .filter((queue) -> !this.stalledFor.isZero() && !queue.frozenFor().isZero())
            .max(Comparator.comparing(QueueBacklog::frozenFor));
    }

    /**
     * The same with other queues.
     * @param queues queues with more details
     * @return a copy
     */
    public GroupBacklog withQueues(List<QueueBacklog> queues) {
        return new GroupBacklog(this.group, this.topic, this.messages, this.age, this.state, this.accuracy,
                this.inFlight, this.rates, this.timeToDrain, this.skew, this.lost, this.expiresIn, this.stalledFor,
                this.consumers, this.idle, queues, this.cluster);
    }

}

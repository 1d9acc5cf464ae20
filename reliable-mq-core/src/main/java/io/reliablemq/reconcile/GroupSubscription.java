package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * That a guarded consumer group subscribes to a topic.
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
 * @param expectedFrom messages sent before this time are not expected
 * @param lastSeen when an instance of the group was last known to run
 * @param retention how long the group's records are kept; {@code null} if not known
 */
public record GroupSubscription(String cluster, String group, String topic, @Nullable String subscription,
        String filterType, String messageModel, boolean ordered, boolean keyed, Instant expectedFrom, Instant lastSeen,
        @Nullable Duration retention) {

    /** The filter that can be compared with a message's tag. */
    public static final String TAG = "TAG";

    /** The model in which a message is for one instance of the group. */
    public static final String CLUSTERING = "CLUSTERING";

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
        if (this.subscription == null || this.subscription.isBlank() || "*".equals(this.subscription.trim())) {
            return true;
        }
        return tag != null
                && Arrays.stream(this.subscription.split("\\|\\|")).anyMatch((one) -> one.trim().equals(tag));
    }

    /**
     * Whether it says the same about what is delivered.
     * @param other another one of the same group and topic
     * @return {@code true} if subscription, filter and model are the same
     */
    public boolean deliversAs(GroupSubscription other) {
        return String.valueOf(this.subscription).equals(String.valueOf(other.subscription))
                && this.filterType.equals(other.filterType) && this.messageModel.equals(other.messageModel);
    }

}

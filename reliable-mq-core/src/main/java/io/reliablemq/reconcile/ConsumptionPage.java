package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.reliablemq.Internal;
import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * A page of a group's records as it travels between applications: numbers and texts only.
 *
 * @param group consumer group
 * @param subscriptions what the group subscribes to
 * @param states {@link ConsumptionState} of messages without an id space, by message id
 * @param spaces {@link ConsumptionState} of the others, by space and message id
 * @param through all ids up to this one are answered, of all spaces
 */
@Internal
public record ConsumptionPage(String group, List<Subscription> subscriptions, Map<Long, ConsumptionState> states,
        Map<String, ? extends Map<Long, ConsumptionState>> spaces, long through) {

    /**
     * A page about messages without an id space.
     * @param group as above
     * @param subscriptions as above
     * @param states as above
     * @param through as above
     */
    public ConsumptionPage(String group, List<Subscription> subscriptions, Map<Long, ConsumptionState> states,
            long through) {
        this(group, subscriptions, states, Map.of(), through);
    }

    /**
     * The state of a message.
     * @param message what identifies it
     * @return the state, {@code null} if there is none
     */
    public @Nullable ConsumptionState state(MessageId message) {
        String space = message.space();
        Map<Long, ConsumptionState> ofSpace = (space != null) ? this.spaces.get(space) : this.states;
        return (ofSpace != null) ? ofSpace.get(message.id()) : null;
    }

    /**
     * A subscription, with times in milliseconds since 1970.
     *
     * @param cluster name of the cluster
     * @param topic the topic
     * @param subscription tags
     * @param filterType TAG or SQL92
     * @param messageModel CLUSTERING or BROADCASTING
     * @param ordered whether the group consumes in order
     * @param expectedFrom messages sent before are not expected
     * @param lastSeen when an instance was last known to run
     * @param retention how long records are kept, in milliseconds
     * @param history what else is remembered of the registration, as text
     */
    public record Subscription(String cluster, String topic, @Nullable String subscription, String filterType,
            String messageModel, boolean ordered, long expectedFrom, long lastSeen, @Nullable Long retention,
            @Nullable String history) {

        /**
         * Prepares a subscription for the way.
         * @param group the subscription
         * @return the same
         */
        public static Subscription of(GroupSubscription group) {
            Duration retention = group.retention();
            return new Subscription(group.cluster(), group.topic(), group.subscription(), group.filterType(),
                    group.messageModel(), group.ordered(), group.expectedFrom().toEpochMilli(),
                    group.lastSeen().toEpochMilli(), (retention != null) ? retention.toMillis() : null,
                    group.history().toString());
        }

        GroupSubscription toGroup(String group) {
            return new GroupSubscription(this.cluster, group, this.topic, this.subscription, this.filterType,
                    this.messageModel, this.ordered, false, Instant.ofEpochMilli(this.expectedFrom),
                    Instant.ofEpochMilli(this.lastSeen),
                    (this.retention != null) ? Duration.ofMillis(this.retention) : null,
                    GroupHistory.parse(this.history));
        }

    }

    /**
     * Reads a page.
     * @param records where it is read
     * @param group consumer group
     * @param first smallest id
     * @param last greatest id
     * @param limit most records
     * @return the page
     */
    public static ConsumptionPage read(ConsumptionPages records, String group, long first, long last, int limit) {
        List<Subscription> subscriptions = records.subscriptions()
            .stream()
            .filter((it) -> it.group().equals(group))
            .map(Subscription::of)
            .toList();
        ConsumptionPages.Page page = records.page(group, first, last, limit);
        return new ConsumptionPage(group, subscriptions, page.states(), page.spaces(), page.through());
    }

    /**
     * What the group subscribes to.
     * @return the subscriptions after the way
     */
    public List<GroupSubscription> groups() {
        return this.subscriptions.stream().map((it) -> it.toGroup(this.group)).toList();
    }

}

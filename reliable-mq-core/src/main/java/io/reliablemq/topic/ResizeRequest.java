package io.reliablemq.topic;

import java.time.Duration;
import java.util.Set;

import io.reliablemq.InvalidConfigurationException;

/**
 * A wish for another number of queues.
 *
 * @param topic name of the topic, without a namespace
 * @param queues queues on each broker
 * @param force whether it is done although ordering keys move to other queues, or delayed
 * messages are under way to queues that go
 * @param patience longest wait for consumers to see new queues, or to drain those that go
 * @param settle how long queues that go must have been left alone before they are closed;
 * longer than producers rest between two looks at the route
 * ({@code pollNameServerInterval}, 30 s)
 * @param abandoned groups that are gone for good: messages that wait for them do not keep
 * queues from being closed
 */
public record ResizeRequest(String topic, int queues, boolean force, Duration patience, Duration settle,
        Set<String> abandoned) {

    /**
     * Checks the values.
     * @throws InvalidConfigurationException if one cannot be used
     */
    public ResizeRequest {
        TopicDeclaration.of(topic).withQueues(queues);
        if (patience.isNegative() || settle.isNegative()) {
            throw new InvalidConfigurationException("A wait for topic '" + topic + "' is negative.",
                    "Set patience and settle to 0s or more.");
        }
        abandoned = Set.copyOf(abandoned);
    }

    /**
     * Wishes for another number of queues.
     * @param topic name of the topic
     * @param queues queues on each broker
     * @return without force, with 2 min of patience, 45 s to settle
     */
    public static ResizeRequest of(String topic, int queues) {
        return new ResizeRequest(topic, queues, false, Duration.ofMinutes(2), Duration.ofSeconds(45), Set.of());
    }

    /**
     * The same with or without force.
     * @param force whether it is done although order may break
     * @return a copy
     */
    public ResizeRequest withForce(boolean force) {
        return new ResizeRequest(this.topic, this.queues, force, this.patience, this.settle, this.abandoned);
    }

    /**
     * The same with another patience.
     * @param patience longest wait for consumers
     * @return a copy
     */
    public ResizeRequest withPatience(Duration patience) {
        return new ResizeRequest(this.topic, this.queues, this.force, patience, this.settle, this.abandoned);
    }

    /**
     * The same with another time to settle.
     * @param settle how long queues that go must have been left alone
     * @return a copy
     */
    public ResizeRequest withSettle(Duration settle) {
        return new ResizeRequest(this.topic, this.queues, this.force, this.patience, settle, this.abandoned);
    }

    /**
     * The same with other groups given up.
     * @param abandoned groups that are gone for good
     * @return a copy
     */
    public ResizeRequest withAbandoned(Set<String> abandoned) {
        return new ResizeRequest(this.topic, this.queues, this.force, this.patience, this.settle, abandoned);
    }

}

package io.reliablemq.topic;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * What an application expects of a topic. Declared as a bean, or by
 * {@code reliable-mq.topics."[name]"}.
 *
 * @param name name of the topic, without a namespace
 * @param queues queues on each broker, for reading and for writing
 * @param order whether messages are consumed in order, so that a key must keep its queue
 * @param cluster the RocketMQ cluster whose brokers have the topic; {@code null} for the
 * only one
 */
public record TopicDeclaration(String name, int queues, boolean order, @Nullable String cluster) {

    /** As many as RocketMQ's own tools create. */
    public static final int DEFAULT_QUEUES = 8;

    private static final int MOST_QUEUES = 65_535;

    /**
     * Checks the values.
     * @throws InvalidConfigurationException if one cannot be used
     */
    public TopicDeclaration {
        if (name.isBlank()) {
            throw new InvalidConfigurationException("A declared topic has no name.", "Give it one.");
        }
        if (queues < 1 || queues > MOST_QUEUES) {
            throw new InvalidConfigurationException("Topic '" + name + "' is declared with " + queues + " queues.",
                    "Declare 1 to " + MOST_QUEUES + "; more queues than consumers can read are of no use.");
        }
        if (cluster != null && cluster.isBlank()) {
            cluster = null;
        }
    }

    /**
     * Declares a topic.
     * @param name its name
     * @return 8 queues, no order, the only cluster
     */
    public static TopicDeclaration of(String name) {
        return new TopicDeclaration(name, DEFAULT_QUEUES, false, null);
    }

    /**
     * The same with another number of queues.
     * @param queues queues on each broker
     * @return a copy
     */
    public TopicDeclaration withQueues(int queues) {
        return new TopicDeclaration(this.name, queues, this.order, this.cluster);
    }

    /**
     * The same, in order or not.
     * @param order whether messages are consumed in order
     * @return a copy
     */
    public TopicDeclaration withOrder(boolean order) {
        return new TopicDeclaration(this.name, this.queues, order, this.cluster);
    }

    /**
     * The same in another cluster.
     * @param cluster name of the RocketMQ cluster, {@code null} for the only one
     * @return a copy
     */
    public TopicDeclaration withCluster(@Nullable String cluster) {
        return new TopicDeclaration(this.name, this.queues, this.order, cluster);
    }

}

package io.reliablemq.backlog;

import java.time.Duration;
import java.util.List;

import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * What the brokers said about one group and one topic.
 *
 * @param group consumer group
 * @param topic topic
 * @param consumers clients of the group that are connected
 * @param retention how long the brokers keep messages, {@code null} if they do not tell
 * @param queues every queue that can be read
 * @param cluster name of the cluster
 */
public record TopicReading(String group, String topic, int consumers, @Nullable Duration retention,
        List<QueueReading> queues, String cluster) {

    /**
     * Copies the list.
     */
    public TopicReading {
        queues = List.copyOf(queues);
    }

    /**
     * A reading on the cluster that {@code rocketmq.name-server} leads to.
     * @param group consumer group
     * @param topic topic
     * @param consumers clients of the group that are connected
     * @param retention how long the brokers keep messages, {@code null} if they do not
     * tell
     * @param queues every queue that can be read
     */
    public TopicReading(String group, String topic, int consumers, @Nullable Duration retention,
            List<QueueReading> queues) {
        this(group, topic, consumers, retention, queues, StoredMessage.DEFAULT_CLUSTER);
    }

}

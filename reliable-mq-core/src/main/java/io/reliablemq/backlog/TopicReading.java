package io.reliablemq.backlog;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What the brokers said about one group and one topic.
 *
 * @param group consumer group
 * @param topic topic
 * @param consumers clients of the group that are connected
 * @param retention how long the brokers keep messages, {@code null} if they do not tell
 * @param queues every queue that can be read
 */
public record TopicReading(String group, String topic, int consumers, @Nullable Duration retention,
        List<QueueReading> queues) {

    /**
     * Copies the list.
     */
    public TopicReading {
        queues = List.copyOf(queues);
    }

}

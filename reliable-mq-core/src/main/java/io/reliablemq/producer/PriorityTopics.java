package io.reliablemq.producer;

import java.util.LinkedHashMap;
import java.util.Map;

import io.reliablemq.message.MessagePriority;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;

/**
 * Sends messages that have a priority to a topic of their own. RocketMQ delivers a topic
 * in the order of its queues, so that only topics can be served one before the other.
 */
public final class PriorityTopics {

    private static final PriorityTopics NONE = new PriorityTopics(Map.of());

    private final Map<String, Map<MessagePriority, String>> topics;

    /**
     * Creates the routes.
     * @param topics by topic: the topic for each priority; a priority without one stays
     */
    public PriorityTopics(Map<String, Map<MessagePriority, String>> topics) {
        Map<String, Map<MessagePriority, String>> copy = new LinkedHashMap<>();
        topics.forEach((topic, routes) -> copy.put(topic, Map.copyOf(routes)));
        this.topics = copy;
    }

    /**
     * Leaves every message where it is.
     * @return routes for no topic
     */
    public static PriorityTopics none() {
        return NONE;
    }

    ReliableMessage<?> route(ReliableMessage<?> message) {
        String priority = message.headers().get(ReliableHeaders.PRIORITY);
        Map<MessagePriority, String> routes = this.topics.get(message.topic());
        String topic = (priority != null && routes != null) ? routes.get(MessagePriority.valueOf(priority)) : null;
        return (topic == null) ? message : new ReliableMessage<>(message.id(), message.space(), topic, message.tag(),
                message.payload(), message.keys(), message.orderingKey(), message.headers(), message.delay());
    }

}

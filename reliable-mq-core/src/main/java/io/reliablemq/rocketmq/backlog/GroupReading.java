package io.reliablemq.rocketmq.backlog;

import java.util.List;
import java.util.Map;

import io.reliablemq.backlog.TopicReading;
import org.jspecify.annotations.Nullable;

/**
 * What the brokers said about one group.
 *
 * @param target the group
 * @param channel over which they were asked
 * @param complete whether all could be read
 * @param consumers clients that are connected
 * @param topics the topics that could be read
 * @param filters what the group filters, by topic
 * @param retry its retry topic, {@code null} if it could not be read
 * @param deadLetters messages in its dead-letter topic, {@code null} if that could not be
 * read
 * @param masters where to ask, by name of the broker
 */
record GroupReading(BacklogTarget target, BacklogChannel channel, boolean complete, int consumers,
        List<TopicReading> topics, Map<String, TagFilter> filters, @Nullable TopicReading retry,
        @Nullable Long deadLetters, Map<String, TopicBrokers.Master> masters) {
}

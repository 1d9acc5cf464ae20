package io.reliablemq.backlog;

import java.time.Duration;

/**
 * How far one group is behind on one topic.
 *
 * @param group consumer group
 * @param topic topic
 * @param messages messages that wait, over all queues
 * @param age age of the oldest message that waits, zero if none does
 */
public record GroupBacklog(String group, String topic, long messages, Duration age) {
}

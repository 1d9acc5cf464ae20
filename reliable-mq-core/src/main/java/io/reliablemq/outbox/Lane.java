package io.reliablemq.outbox;

import org.jspecify.annotations.Nullable;

/**
 * What hangs or fails together: a topic, and the broker if it is known before an attempt,
 * as it may be for an ordering key.
 *
 * @param destination the topic
 * @param broker name of the broker; {@code null} if the attempt chooses it
 */
record Lane(ClusterTopic destination, @Nullable String broker) {
}

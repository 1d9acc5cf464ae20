package io.reliablemq.rocketmq.transport;

import java.util.List;
import java.util.Objects;

import io.reliablemq.producer.PreparedMessage;

/**
 * What RocketMQ takes as one batch: one topic, no delay, at most the size of one message
 * in all. Messages of an ordering key stay among themselves, since they have a queue of
 * their own.
 */
final class MessageBatches {

    private static final int MOST_MESSAGES = 100;

    /** Larger batches gain nothing and are more to send again. */
    private static final long MOST_BYTES = 1024 * 1024;

    private static final int OVERHEAD = 512;

    private MessageBatches() {
    }

    static int size(List<PreparedMessage> messages, long maxMessageSize) {
        PreparedMessage first = messages.get(0);
        long room = Math.min(MOST_BYTES, maxMessageSize) - bytes(first);
        int size = 1;
        while (size < Math.min(messages.size(), MOST_MESSAGES)) {
            PreparedMessage next = messages.get(size);
            room -= bytes(next);
            if (room < 0 || first.deliverAt() != null || next.deliverAt() != null || !next.topic().equals(first.topic())
                    || !Objects.equals(next.orderingKey(), first.orderingKey())) {
                break;
            }
            size++;
        }
        return size;
    }

    /** At least what it takes. */
    private static long bytes(PreparedMessage message) {
        long chars = message.keys().stream().mapToLong(String::length).sum();
        for (var property : message.properties().entrySet()) {
            chars += (long) property.getKey().length() + property.getValue().length();
        }
        return message.body().length + 3 * chars + OVERHEAD;
    }

}

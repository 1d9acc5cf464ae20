package io.reliablemq.outbox.jdbc;

import java.util.Objects;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.producer.PreparedMessage;

/**
 * Converts between stored and prepared messages.
 */
final class StoredMessages {

    private StoredMessages() {
    }

    static OutboxEntry entry(long rowId, long epoch, int attempts, StoredMessage stored, byte[] payload,
            long claimEnd) {
        PreparedMessage message = new PreparedMessage(Objects.requireNonNull(stored.id()), stored.space(),
                Objects.requireNonNull(stored.uniqKey()), stored.topic(), stored.tag(), stored.keys(), payload,
                stored.headers(), stored.orderingKey(), stored.deliverAt());
        return new OutboxEntry(rowId, epoch, stored.cluster(), message, attempts, claimEnd);
    }

    static StoredMessage of(String cluster, PreparedMessage message) {
        return new StoredMessage(message.id(), message.space(), message.uniqKey(), cluster, message.topic(),
                message.tag(), message.keys(), message.orderingKey(), message.properties(), message.body(),
                message.deliverAt());
    }

}

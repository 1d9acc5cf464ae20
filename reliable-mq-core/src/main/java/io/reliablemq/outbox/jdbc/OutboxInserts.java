package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxMessage;
import org.jspecify.annotations.Nullable;

/**
 * Writes new rows: all of a transaction in one batch.
 */
final class OutboxInserts {

    private static final int FIRST_EPOCH = 1;

    private final MessageColumns columns;

    private final KeyCounters counters;

    private final String insert;

    private final String owner;

    private final Duration lease;

    OutboxInserts(JdbcDatabase database, PayloadCodec codec, String owner, Duration lease) {
        this.columns = new MessageColumns(database.dialect(), codec);
        this.counters = new KeyCounters(database);
        this.owner = owner;
        this.lease = lease;
        String now = database.dialect().now();
        // A claim lasts from now on, however long the transaction has lasted.
        String held = database.dialect().timeWithinTransaction() + " + ?";
        this.insert = "INSERT INTO " + database.name(Table.OUTBOX) + " (row_id, " + MessageColumns.SPACE + ", "
                + MessageColumns.NAMES
                + ", key_sequence, ordered, status, owner, epoch, lease_until, due_at, attempts, uncertain, last_error,"
                + " created_at) VALUES (?, ?, " + MessageColumns.PLACEHOLDERS + ", ?, ?, 'PENDING', ?, " + FIRST_EPOCH
                + ", " + held + ", " + held + ", ?, ?, ?, " + now + ")";
    }

    List<OutboxEntry> insert(Connection connection, List<OutboxMessage> messages, long[] rowIds) throws SQLException {
        long claimEnd = System.nanoTime() + this.lease.toNanos();
        Map<OrderingKey, Long> sequences = this.counters.draw(connection, messages);
        List<OutboxEntry> claimed = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(this.insert)) {
            for (int i = 0; i < rowIds.length; i++) {
                OutboxMessage message = messages.get(i);
                set(statement, rowIds[i], message, next(sequences, message));
                statement.addBatch();
                if (message.claimed()) {
                    claimed.add(
                            new OutboxEntry(rowIds[i], FIRST_EPOCH, message.cluster(), message.message(), 0, claimEnd));
                }
            }
            statement.executeBatch();
        }
        return claimed;
    }

    private static @Nullable Long next(Map<OrderingKey, Long> sequences, OutboxMessage message) {
        OrderingKey key = KeyCounters.keyOf(message);
        if (key == null) {
            return null;
        }
        Long sequence = sequences.get(key);
        sequences.merge(key, 1L, Long::sum);
        return sequence;
    }

    private void set(PreparedStatement statement, long rowId, OutboxMessage message, @Nullable Long sequence)
            throws SQLException {
        long held = message.claimed() ? this.lease.toMillis() : 0;
        statement.setLong(1, rowId);
        statement.setString(2, MessageColumns.space(message.message().space()));
        this.columns.set(statement, 3, StoredMessages.of(message.cluster(), message.message()));
        int next = 3 + MessageColumns.COUNT;
        if (sequence != null) {
            statement.setLong(next, sequence);
        }
        else {
            statement.setNull(next, Types.BIGINT);
        }
        statement.setInt(next + 1, (sequence != null) ? 1 : 0);
        statement.setString(next + 2, message.claimed() ? this.owner : null);
        statement.setLong(next + 3, held);
        statement.setLong(next + 4, message.claimed() ? held : message.delay().toMillis());
        statement.setInt(next + 5, message.attempts());
        statement.setInt(next + 6, message.uncertain() ? 1 : 0);
        statement.setString(next + 7, OutboxSettlement.fit(message.error()));
    }

}

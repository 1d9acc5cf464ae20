package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.reliablemq.jdbc.ConflictRetries;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxMessage;
import org.jspecify.annotations.Nullable;

/**
 * Inserts messages into the outbox: all of a transaction in one batch.
 */
final class OutboxInserts {

    private static final int FIRST_EPOCH = 1;

    /**
     * H2's {@code GENERAL_ERROR_1}; of a SELECT, which leaves its transaction as it was.
     */
    private static final ConflictRetries READING = new ConflictRetries(100, Duration.ofSeconds(5),
            (failure) -> failure.getErrorCode() == 50_000);

    private final MessageColumns columns;

    private final KeyCounters counters;

    private final SqlStatement insert;

    private final @Nullable SqlStatement time;

    private final String owner;

    private final Duration lease;

    OutboxInserts(JdbcDatabase database, PayloadCodec codec, String owner, Duration lease) {
        this.columns = new MessageColumns(database.dialect(), codec);
        this.counters = new KeyCounters(database);
        this.owner = owner;
        this.lease = lease;
        String now = database.dialect().now();
        // A claim lasts from now on, however long the transaction has lasted.
        String query = database.dialect().timeWithinTransaction();
        this.time = (query != null) ? database.sql(query) : null;
        String held = (query != null) ? "?" : now + " + ?";
        this.insert = database.sql("INSERT INTO " + database.name(Table.OUTBOX) + " (row_id, " + MessageColumns.SPACE
                + ", " + MessageColumns.NAMES
                + ", key_sequence, ordered, status, owner, epoch, lease_until, due_at, attempts, uncertain, last_error,"
                + " created_at) VALUES (?, ?, " + MessageColumns.PLACEHOLDERS + ", ?, ?, 'PENDING', ?, " + FIRST_EPOCH
                + ", " + held + ", " + held + ", ?, ?, ?, " + now + ")");
    }

    List<OutboxEntry> insert(Connection connection, List<OutboxMessage> messages, long[] rowIds) throws SQLException {
        long claimEnd = System.nanoTime() + this.lease.toNanos();
        Map<OrderingKey, Long> sequences = this.counters.draw(connection, messages);
        long now = now(connection);
        List<OutboxEntry> claimed = new ArrayList<>();
        this.insert.batch(connection, rowIds.length, (parameters, i) -> {
            OutboxMessage message = messages.get(i);
            set(parameters, rowIds[i], message, next(sequences, message), now);
            if (message.claimed()) {
                claimed.add(new OutboxEntry(rowIds[i], FIRST_EPOCH, message.cluster(), message.message(), 0, claimEnd));
            }
        });
        return claimed;
    }

    /** Zero where the statement adds the time itself. */
    private long now(Connection connection) throws SQLException {
        SqlStatement query = this.time;
        return (query == null) ? 0
                : READING.call(() -> Objects.requireNonNull(query.number(connection, SqlStatement.Binding.NONE)));
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

    private void set(SqlParameters parameters, long rowId, OutboxMessage message, @Nullable Long sequence, long now)
            throws SQLException {
        long held = message.claimed() ? this.lease.toMillis() : 0;
        parameters.number(rowId)
            .space(message.message().space())
            .message(this.columns, StoredMessages.of(message.cluster(), message.message()))
            .number(sequence)
            .number((sequence != null) ? 1 : 0)
            .text(message.claimed() ? this.owner : null)
            .number(now + held)
            .number(now + (message.claimed() ? held : message.delay().toMillis()))
            .number(message.attempts())
            .number(message.uncertain() ? 1 : 0)
            .text(OutboxSettlement.fit(message.error()));
    }

}

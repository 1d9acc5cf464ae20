package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.Destination;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxScope;

/**
 * Finds rows that are due and claims them. The claim of an ordering key is that of its
 * first row: whoever holds it also holds those that follow, whatever they say. Rows of a
 * key that cannot go yet are made due later, so that they don't stand in the way of
 * others.
 */
final class OutboxClaims {

    private static final String KEY = " WHERE cluster = ? AND topic = ? AND ordering_key = ? AND status = 'PENDING'";

    private final Dialect dialect;

    private final MessageColumns columns;

    private final String owner;

    private final Duration lease;

    private final String table;

    private final String now;

    private final String then;

    private final String select;

    OutboxClaims(JdbcDatabase database, PayloadCodec codec, String owner, Duration lease) {
        this.dialect = database.dialect();
        this.columns = new MessageColumns(this.dialect, codec);
        this.owner = owner;
        this.lease = lease;
        this.table = database.name(Table.OUTBOX);
        this.now = this.dialect.now();
        this.then = this.dialect.statementTime();
        this.select = "SELECT row_id, epoch, attempts, due_at - " + this.now
                + ", CASE WHEN owner IS NULL THEN 0 ELSE lease_until - " + this.now + " END, " + MessageColumns.NAMES
                + " FROM " + this.table;
    }

    List<OutboxEntry> claim(Connection connection, int limit, OutboxScope scope) throws SQLException {
        long claimEnd = System.nanoTime() + this.lease.toNanos();
        List<OutboxEntry> found = new ArrayList<>();
        try (PreparedStatement statement = connection
            .prepareStatement(this.select + due(0, scope) + " LIMIT ? FOR UPDATE SKIP LOCKED")) {
            statement.setInt(setScope(statement, scope), limit);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(entry(row, claimEnd));
                }
            }
        }
        take(connection, found);
        return found;
    }

    Set<OrderingKey> dueKeys(Connection connection, int limit, OutboxScope scope) throws SQLException {
        Set<OrderingKey> keys = new LinkedHashSet<>();
        try (PreparedStatement statement = connection
            .prepareStatement("SELECT cluster, topic, ordering_key FROM " + this.table + due(1, scope) + " LIMIT ?")) {
            statement.setInt(setScope(statement, scope), limit);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String key = this.dialect.getKey(row, 3);
                    if (key != null) {
                        keys.add(new OrderingKey(row.getString(1), row.getString(2), key));
                    }
                }
            }
        }
        return keys;
    }

    List<OutboxEntry> claimKey(Connection connection, OrderingKey key, int limit, boolean goOn) throws SQLException {
        long claimEnd = System.nanoTime() + this.lease.toNanos();
        List<OutboxEntry> found = new ArrayList<>();
        try (PreparedStatement statement = connection
            .prepareStatement(this.select + KEY + " ORDER BY key_sequence LIMIT ? FOR UPDATE")) {
            statement.setInt(setKey(statement, 1, key), limit);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    // A claimed row is due when its claim ends.
                    long wait = row.getLong(goOn ? 5 : 4);
                    if (found.isEmpty() && wait > 0) {
                        postpone(connection, key, wait);
                        return List.of();
                    }
                    found.add(entry(row, claimEnd));
                }
            }
        }
        take(connection, found);
        if (found.size() == limit) {
            postpone(connection, key, this.lease.toMillis());
        }
        return found;
    }

    private void postpone(Connection connection, OrderingKey key, long millis) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE " + this.table + " SET due_at = " + this.now + " + ?" + KEY + " AND due_at <= " + this.then)) {
            statement.setLong(1, millis);
            setKey(statement, 2, key);
            statement.executeUpdate();
        }
    }

    private void take(Connection connection, List<OutboxEntry> found) throws SQLException {
        if (found.isEmpty()) {
            return;
        }
        String sql = "UPDATE " + this.table + " SET owner = ?, epoch = epoch + 1, lease_until = " + this.now
                + " + ?, due_at = " + this.now + " + ? WHERE row_id IN ("
                + String.join(", ", Collections.nCopies(found.size(), "?")) + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, this.owner);
            statement.setLong(2, this.lease.toMillis());
            statement.setLong(3, this.lease.toMillis());
            for (int i = 0; i < found.size(); i++) {
                statement.setLong(4 + i, found.get(i).rowId());
            }
            statement.executeUpdate();
        }
    }

    private OutboxEntry entry(ResultSet row, long claimEnd) throws SQLException {
        return StoredMessages.entry(row.getLong(1), row.getLong(2) + 1, row.getInt(3), this.columns.read(row, 6),
                claimEnd);
    }

    private String due(int ordered, OutboxScope scope) {
        return " WHERE status = 'PENDING' AND ordered = " + ordered + " AND due_at <= " + this.then
                + " AND cluster IN (" + String.join(", ", Collections.nCopies(scope.clusters().size(), "?")) + ")"
                + " AND NOT (cluster = ? AND topic = ?)".repeat(scope.paused().size()) + " ORDER BY due_at";
    }

    private static int setScope(PreparedStatement statement, OutboxScope scope) throws SQLException {
        int index = 1;
        for (String cluster : scope.clusters()) {
            statement.setString(index++, cluster);
        }
        for (Destination paused : scope.paused()) {
            statement.setString(index++, paused.cluster());
            statement.setString(index++, paused.topic());
        }
        return index;
    }

    private int setKey(PreparedStatement statement, int index, OrderingKey key) throws SQLException {
        statement.setString(index, key.cluster());
        statement.setString(index + 1, key.topic());
        this.dialect.setKey(statement, index + 2, key.key());
        return index + 3;
    }

}

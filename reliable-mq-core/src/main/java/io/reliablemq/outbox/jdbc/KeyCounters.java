package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxMessage;
import org.jspecify.annotations.Nullable;

/**
 * Numbers messages per ordering key. The counter's row stays locked until the transaction
 * ends; transactions lock the rows of several keys in the same order, so they don't
 * deadlock here. MariaDB has {@link KeySlots} instead.
 */
final class KeyCounters {

    private static final String KEY = " WHERE cluster = ? AND topic = ? AND ordering_key = ?";

    private final Dialect dialect;

    private final String increase;

    private final String insert;

    private final String select;

    private final @Nullable KeySlots slots;

    KeyCounters(JdbcDatabase database) {
        this.dialect = database.dialect();
        String table = database.name(Table.OUTBOX_KEY);
        String now = this.dialect.now();
        String insertRow = "INSERT INTO " + table + " (last_sequence, cluster, topic, ordering_key, updated_at)"
                + " VALUES (?, ?, ?, ?, " + now + ")";
        this.increase = "UPDATE " + table + " SET last_sequence = last_sequence + ?, updated_at = " + now + KEY;
        this.insert = switch (this.dialect) {
            case H2 -> insertRow;
            case POSTGRESQL -> insertRow + " ON CONFLICT (cluster, topic, ordering_key) DO UPDATE SET last_sequence = "
                    + table + ".last_sequence + EXCLUDED.last_sequence, updated_at = EXCLUDED.updated_at";
            case MARIADB, MYSQL -> insertRow + " ON DUPLICATE KEY UPDATE last_sequence = last_sequence"
                    + " + VALUES(last_sequence), updated_at = VALUES(updated_at)";
        };
        this.slots = (this.dialect == Dialect.MARIADB) ? new KeySlots(database) : null;
        this.select = "SELECT last_sequence FROM " + table + KEY;
    }

    static @Nullable OrderingKey keyOf(OutboxMessage message) {
        String key = message.message().orderingKey();
        return (key != null) ? new OrderingKey(message.cluster(), message.message().topic(), key) : null;
    }

    /** The first number of each key's messages. */
    Map<OrderingKey, Long> draw(Connection connection, List<OutboxMessage> messages) throws SQLException {
        TreeMap<OrderingKey, Integer> counts = new TreeMap<>();
        for (OutboxMessage message : messages) {
            OrderingKey key = keyOf(message);
            if (key != null) {
                counts.merge(key, 1, Integer::sum);
            }
        }
        if (this.slots != null && !counts.isEmpty()) {
            return this.slots.draw(connection, counts);
        }
        Map<OrderingKey, Long> first = new HashMap<>();
        for (Map.Entry<OrderingKey, Integer> each : counts.entrySet()) {
            add(connection, each.getKey(), each.getValue());
            first.put(each.getKey(), last(connection, each.getKey()) - each.getValue() + 1);
        }
        return first;
    }

    private void add(Connection connection, OrderingKey key, int count) throws SQLException {
        if (this.dialect != Dialect.H2) {
            update(connection, this.insert, key, count);
            return;
        }
        while (update(connection, this.increase, key, count) == 0) {
            try {
                update(connection, this.insert, key, count);
                return;
            }
            catch (SQLException ex) {
                if (this.dialect.classify(ex) != SqlFailure.DUPLICATE_KEY) {
                    throw ex;
                }
            }
        }
    }

    private int update(Connection connection, String sql, OrderingKey key, int count) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, count);
            set(statement, 2, key);
            return statement.executeUpdate();
        }
    }

    private long last(Connection connection, OrderingKey key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.select)) {
            set(statement, 1, key);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("The counter of ordering key " + key + " has vanished");
                }
                return row.getLong(1);
            }
        }
    }

    private void set(PreparedStatement statement, int index, OrderingKey key) throws SQLException {
        statement.setString(index, key.cluster());
        statement.setString(index + 1, key.topic());
        this.dialect.setKey(statement, index + 2, key.key());
    }

}

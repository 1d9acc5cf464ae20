package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.SqlStatement;
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

    private final SqlStatement increase;

    private final SqlStatement insert;

    private final SqlStatement select;

    private final @Nullable KeySlots slots;

    KeyCounters(JdbcDatabase database) {
        this.dialect = database.dialect();
        String table = database.name(Table.OUTBOX_KEY);
        String now = this.dialect.now();
        String insertRow = "INSERT INTO " + table + " (last_sequence, cluster, topic, ordering_key, updated_at)"
                + " VALUES (?, ?, ?, ?, " + now + ")";
        this.increase = database
            .sql("UPDATE " + table + " SET last_sequence = last_sequence + ?, updated_at = " + now + KEY);
        this.insert = database.sql(switch (this.dialect) {
            case H2 -> insertRow;
            case POSTGRESQL -> insertRow + " ON CONFLICT (cluster, topic, ordering_key) DO UPDATE SET last_sequence = "
                    + table + ".last_sequence + EXCLUDED.last_sequence, updated_at = EXCLUDED.updated_at";
            case MARIADB, MYSQL -> insertRow + " ON DUPLICATE KEY UPDATE last_sequence = last_sequence"
                    + " + VALUES(last_sequence), updated_at = VALUES(updated_at)";
        });
        this.slots = (this.dialect == Dialect.MARIADB) ? new KeySlots(database) : null;
        this.select = database.sql("SELECT last_sequence FROM " + table + KEY);
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
        Binding row = (parameters) -> set(parameters.number((long) count), key);
        if (this.dialect != Dialect.H2) {
            this.insert.update(connection, row);
            return;
        }
        while (this.increase.update(connection, row) == 0 && !this.insert.insert(connection, row)) {
            // Another transaction has inserted it meanwhile.
        }
    }

    private long last(Connection connection, OrderingKey key) throws SQLException {
        Long last = this.select.number(connection, (parameters) -> set(parameters, key));
        if (last == null) {
            throw new SQLException("The counter of ordering key " + key + " has vanished");
        }
        return last;
    }

    private static void set(SqlParameters parameters, OrderingKey key) throws SQLException {
        parameters.text(key.cluster()).text(key.topic()).key(key.key());
    }

}

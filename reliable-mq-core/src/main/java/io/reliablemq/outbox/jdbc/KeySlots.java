package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OrderingKey;

/**
 * Numbers messages per ordering key where a row that has changed since the transaction's
 * first read can be neither changed nor locked (MariaDB with
 * {@code innodb_snapshot_isolation}). What is locked never changes: one of a fixed number
 * of rows, which a key shares with others, so that transactions of other keys wait now
 * and then. The numbers are those of a sequence, drawn while the lock is held, so that
 * they rise in the order of commits; they have gaps.
 */
final class KeySlots {

    private static final int SLOTS = 1024;

    /** Numbers that one of the sequence stands for. */
    private static final int NUMBERS = 1 << 20;

    private final SqlStatement lock;

    private final SqlStatement insert;

    private final SqlStatement next;

    KeySlots(JdbcDatabase database) {
        String table = database.name(Table.OUTBOX_KEY);
        this.lock = database.sql("SELECT last_sequence FROM " + table
                + " WHERE cluster = '' AND topic = '' AND ordering_key = ? FOR UPDATE");
        this.insert = database.sql("INSERT IGNORE INTO " + table
                + " (cluster, topic, ordering_key, updated_at) VALUES ('', '', ?, " + Long.MAX_VALUE + ")");
        this.next = database.sql("SELECT NEXT VALUE FOR " + database.tables().prefix() + "outbox_sequence");
    }

    /** The first number of each key's messages. */
    Map<OrderingKey, Long> draw(Connection connection, SortedMap<OrderingKey, Integer> counts) throws SQLException {
        TreeSet<Integer> slots = new TreeSet<>();
        counts.keySet().forEach((key) -> slots.add(slot(key)));
        for (int slot : slots) {
            lock(connection, Integer.toString(slot));
        }
        Map<OrderingKey, Long> first = new HashMap<>();
        for (Map.Entry<OrderingKey, Integer> each : counts.entrySet()) {
            first.put(each.getKey(), next(connection, each.getValue()));
        }
        return first;
    }

    private static int slot(OrderingKey key) {
        return Math.floorMod((key.cluster() + '\n' + key.topic() + '\n' + key.key()).hashCode(), SLOTS);
    }

    private void lock(Connection connection, String slot) throws SQLException {
        if (!tryLock(connection, slot)) {
            // Somebody has emptied the table.
            this.insert.update(connection, (parameters) -> parameters.key(slot));
            if (!tryLock(connection, slot)) {
                throw new SQLException("The rows that are locked for ordering keys are missing");
            }
        }
    }

    private boolean tryLock(Connection connection, String slot) throws SQLException {
        return this.lock.number(connection, (parameters) -> parameters.key(slot)) != null;
    }

    private long next(Connection connection, int count) throws SQLException {
        if (count > NUMBERS) {
            throw new SQLException(
                    "One transaction cannot store more than " + NUMBERS + " messages of one ordering key");
        }
        Long next = this.next.number(connection, Binding.NONE);
        if (next == null) {
            throw new SQLException("The sequence of ordering keys gives no number");
        }
        return next * NUMBERS;
    }

}

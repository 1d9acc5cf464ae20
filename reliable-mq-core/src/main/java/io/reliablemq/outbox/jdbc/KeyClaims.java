package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.ClusterTopic;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxScope;

/**
 * Finds ordering keys with rows that are due and claims them. The claim of an ordering
 * key is that of its first row: whoever holds it also holds those that follow, whatever
 * they say. Rows of a key that cannot go yet are made due later, so that they don't stand
 * in the way of others.
 */
final class KeyClaims {

    private static final String KEY = " WHERE cluster = ? AND topic = ? AND ordering_key = ? AND status = 'PENDING'";

    private final Dialect dialect;

    private final OutboxClaim claim;

    private final DueTopics topics;

    private final String dueKeys;

    private final String select;

    private final String postpone;

    KeyClaims(JdbcDatabase database, OutboxClaim claim) {
        this.dialect = database.dialect();
        this.claim = claim;
        this.topics = new DueTopics(database, true);
        String table = database.name(Table.OUTBOX);
        String now = this.dialect.now();
        this.dueKeys = "SELECT ordering_key FROM " + table + this.topics.due() + " LIMIT ?";
        this.select = "SELECT row_id, OCTET_LENGTH(payload), due_at - " + now
                + ", CASE WHEN owner IS NULL THEN 0 ELSE lease_until - " + now + " END FROM " + table + KEY
                + " ORDER BY key_sequence LIMIT ? FOR UPDATE";
        this.postpone = "UPDATE " + table + " SET due_at = " + now + " + ?" + KEY + " AND due_at <= "
                + this.dialect.statementTime();
    }

    Set<OrderingKey> find(Connection connection, int limit, OutboxScope scope) throws SQLException {
        Set<OrderingKey> keys = new LinkedHashSet<>();
        List<ClusterTopic> due = this.topics.in(connection, scope);
        try (PreparedStatement statement = connection.prepareStatement(this.dueKeys)) {
            int left = limit;
            for (int i = 0; i < due.size() && left > 0; i++) {
                ClusterTopic topic = due.get(i);
                statement.setInt(DueTopics.set(statement, 1, topic), DueTopics.share(left, due.size() - i));
                try (ResultSet row = statement.executeQuery()) {
                    for (; row.next(); left--) {
                        String key = this.dialect.getKey(row, 1);
                        if (key != null) {
                            keys.add(new OrderingKey(topic.cluster(), topic.topic(), key));
                        }
                    }
                }
            }
        }
        return keys;
    }

    List<ClaimedRow> claim(Connection connection, OrderingKey key, int limit, boolean goOn) throws SQLException {
        List<Long> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(this.select)) {
            statement.setInt(setKey(statement, 1, key), limit);
            try (ResultSet row = statement.executeQuery()) {
                long left = OutboxClaim.MOST_BYTES;
                while (row.next()) {
                    // A claimed row is due when its claim ends.
                    long wait = row.getLong(goOn ? 4 : 3);
                    if (found.isEmpty() && wait > 0) {
                        postpone(connection, key, wait);
                        return List.of();
                    }
                    left -= row.getLong(2);
                    if (!found.isEmpty() && left < 0) {
                        break;
                    }
                    found.add(row.getLong(1));
                }
            }
        }
        List<ClaimedRow> rows = this.claim.take(connection, found);
        if (found.size() == limit) {
            postpone(connection, key, this.claim.lease().toMillis());
        }
        return rows;
    }

    private void postpone(Connection connection, OrderingKey key, long millis) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.postpone)) {
            statement.setLong(1, millis);
            setKey(statement, 2, key);
            statement.executeUpdate();
        }
    }

    private int setKey(PreparedStatement statement, int index, OrderingKey key) throws SQLException {
        statement.setString(index, key.cluster());
        statement.setString(index + 1, key.topic());
        this.dialect.setKey(statement, index + 2, key.key());
        return index + 3;
    }

}

package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.Table;

/**
 * Inserts the records of several messages by one statement. Where a database can only
 * refuse the whole statement for one that exists, the others go in by a second one.
 */
final class InboxInserts {

    private final Dialect dialect;

    private final String table;

    private final String insert;

    private final String values;

    InboxInserts(JdbcDatabase database) {
        this.dialect = database.dialect();
        this.table = database.name(Table.INBOX);
        String now = this.dialect.now();
        this.insert = "INSERT INTO " + this.table
                + " (consumer_group, identity, message_id, status, token, lease_until, created_at) VALUES ";
        this.values = "(?, ?, ?, ?, ?, " + now + " + ?, " + now + ")";
    }

    /** Returns the identities of those inserted; not all that are new, in a race. */
    Set<String> insert(Connection connection, List<RecordKey> keys, InboxRow row, int wait) throws SQLException {
        if (this.dialect.errorsAbortTransactions()) {
            return insertNew(connection, keys, row, wait);
        }
        if (insertAll(connection, keys, row, wait)) {
            return identities(keys);
        }
        Set<String> existing = existing(connection, keys);
        List<RecordKey> others = keys.stream().filter((key) -> !existing.contains(key.identity())).toList();
        return (!others.isEmpty() && insertAll(connection, others, row, wait)) ? identities(others) : Set.of();
    }

    private Set<String> insertNew(Connection connection, List<RecordKey> keys, InboxRow row, int wait)
            throws SQLException {
        String sql = this.insert + list(this.values, keys.size())
                + " ON CONFLICT (consumer_group, identity) DO NOTHING RETURNING identity";
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, wait)) {
            set(statement, keys, row);
            return identities(statement);
        }
    }

    /** All or, if one exists, none. */
    private boolean insertAll(Connection connection, List<RecordKey> keys, InboxRow row, int wait) throws SQLException {
        String sql = this.insert + list(this.values, keys.size());
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, wait)) {
            set(statement, keys, row);
            statement.executeUpdate();
            return true;
        }
        catch (SQLException ex) {
            if (this.dialect.classify(ex) == SqlFailure.DUPLICATE_KEY) {
                return false;
            }
            throw ex;
        }
    }

    // No lock: one that is missed here is found by the insert.
    private Set<String> existing(Connection connection, List<RecordKey> keys) throws SQLException {
        String sql = "SELECT identity FROM " + this.table + " WHERE consumer_group = ? AND identity IN ("
                + list("?", keys.size()) + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            this.dialect.setKey(statement, 1, keys.get(0).group());
            for (int i = 0; i < keys.size(); i++) {
                this.dialect.setKey(statement, i + 2, keys.get(i).identity());
            }
            return identities(statement);
        }
    }

    private void set(PreparedStatement statement, List<RecordKey> keys, InboxRow row) throws SQLException {
        int index = 1;
        for (RecordKey key : keys) {
            this.dialect.setKey(statement, index++, key.group());
            this.dialect.setKey(statement, index++, key.identity());
            Inbox.setId(statement, index++, key.messageId());
            statement.setString(index++, row.status().name());
            statement.setLong(index++, row.token());
            statement.setLong(index++, row.leaseUntil());
        }
    }

    private Set<String> identities(PreparedStatement statement) throws SQLException {
        Set<String> identities = new HashSet<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                identities.add(String.valueOf(this.dialect.getKey(row, 1)));
            }
        }
        return identities;
    }

    private static Set<String> identities(List<RecordKey> keys) {
        return keys.stream().map(RecordKey::identity).collect(Collectors.toSet());
    }

    private static String list(String what, int count) {
        return String.join(", ", Collections.nCopies(count, what));
    }

}

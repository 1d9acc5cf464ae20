package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.Table;

/**
 * Inserts, completes or deletes the records of several messages of one group by one
 * statement. Where a database can only refuse an insert as a whole for one that exists,
 * the others go in by a second one.
 */
final class InboxBatches {

    private final Dialect dialect;

    private final String table;

    private final String insert;

    private final String insertNew;

    private final String values;

    private final String complete;

    private final String tokens;

    private final String delete;

    InboxBatches(JdbcDatabase database) {
        this.dialect = database.dialect();
        this.table = database.name(Table.INBOX);
        String now = this.dialect.now();
        this.insert = "INSERT INTO " + this.table
                + " (consumer_group, identity, message_id, id_space, origin, status, token, lease_until, created_at) ";
        // One text for every number of records, whose expressions are compiled once.
        this.insertNew = this.insert
                + "SELECT CAST(? AS VARCHAR), v.identity, v.message_id, v.id_space, v.origin, CAST(? AS VARCHAR),"
                + " CAST(? AS BIGINT), " + now + " + ?, " + now
                + " FROM unnest(CAST(? AS VARCHAR[]), CAST(? AS BIGINT[]), CAST(? AS VARCHAR[]), CAST(? AS BIGINT[]))"
                + " AS v (identity, message_id, id_space, origin)"
                + " ON CONFLICT (consumer_group, identity) DO NOTHING RETURNING identity";
        this.values = "(?, ?, ?, ?, ?, ?, ?, " + now + " + ?, " + now + ")";
        this.complete = "UPDATE " + this.table + " SET status = 'DONE', lease_until = " + now
                + " WHERE consumer_group = ? AND token = ? AND status = 'PROCESSING' AND lease_until > 0"
                + " AND identity ";
        this.tokens = "SELECT identity, token FROM " + this.table + " WHERE consumer_group = ? AND identity ";
        this.delete = "DELETE FROM " + this.table + " WHERE consumer_group = ? AND identity ";
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
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.insertNew, wait)) {
            statement.setString(1, keys.get(0).group());
            statement.setString(2, row.status().name());
            statement.setLong(3, row.token());
            statement.setLong(4, row.leaseUntil());
            statement.setArray(5, connection.createArrayOf("varchar", identitiesOf(keys)));
            statement.setArray(6,
                    connection.createArrayOf("bigint", keys.stream().map(RecordKey::messageId).toArray()));
            statement.setArray(7, connection.createArrayOf("varchar",
                    keys.stream().map((key) -> MessageColumns.space(key.space())).toArray()));
            statement.setArray(8, connection.createArrayOf("bigint", keys.stream().map(RecordKey::origin).toArray()));
            return identities(statement);
        }
    }

    /** All or, if one exists, none. */
    private boolean insertAll(Connection connection, List<RecordKey> keys, InboxRow row, int wait) throws SQLException {
        String sql = this.insert + "VALUES " + list(this.values, keys.size());
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

    /**
     * Returns how many were completed, of leases with the same group and token.
     */
    int complete(Connection connection, List<Lease> leases, int wait) throws SQLException {
        String sql = this.complete + anyOf(leases.size());
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, wait)) {
            this.dialect.setKey(statement, 1, leases.get(0).key().group());
            statement.setLong(2, leases.get(0).token());
            setIdentities(statement, 3, leases);
            return statement.executeUpdate();
        }
    }

    /**
     * Whether all records are there with these tokens, as the transaction sees them.
     */
    boolean areThere(Connection connection, List<Lease> leases) throws SQLException {
        Map<String, Long> there = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(this.tokens + anyOf(leases.size()))) {
            this.dialect.setKey(statement, 1, leases.get(0).key().group());
            setIdentities(statement, 2, leases);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    there.put(String.valueOf(this.dialect.getKey(row, 1)), row.getLong(2));
                }
            }
        }
        return leases.stream().allMatch((lease) -> Objects.equals(there.get(lease.key().identity()), lease.token()));
    }

    /** Deletes records that the transaction holds. */
    void delete(Connection connection, List<Lease> leases, int wait) throws SQLException {
        String sql = this.delete + anyOf(leases.size());
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, wait)) {
            this.dialect.setKey(statement, 1, leases.get(0).key().group());
            setIdentities(statement, 2, leases);
            statement.executeUpdate();
        }
    }

    private String anyOf(int count) {
        return (this.dialect == Dialect.POSTGRESQL) ? "= ANY (CAST(? AS VARCHAR[]))" : "IN (" + list("?", count) + ")";
    }

    private void setIdentities(PreparedStatement statement, int first, List<Lease> leases) throws SQLException {
        List<RecordKey> keys = leases.stream().map(Lease::key).toList();
        if (this.dialect == Dialect.POSTGRESQL) {
            statement.setArray(first, statement.getConnection().createArrayOf("varchar", identitiesOf(keys)));
            return;
        }
        for (int i = 0; i < keys.size(); i++) {
            this.dialect.setKey(statement, first + i, keys.get(i).identity());
        }
    }

    private void set(PreparedStatement statement, List<RecordKey> keys, InboxRow row) throws SQLException {
        int index = 1;
        for (RecordKey key : keys) {
            this.dialect.setKey(statement, index++, key.group());
            this.dialect.setKey(statement, index++, key.identity());
            Inbox.setMessage(statement, index, key);
            index += 3;
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

    private static Object[] identitiesOf(List<RecordKey> keys) {
        return keys.stream().map(RecordKey::identity).toArray();
    }

    private static Set<String> identities(List<RecordKey> keys) {
        return keys.stream().map(RecordKey::identity).collect(Collectors.toSet());
    }

    private static String list(String what, int count) {
        return String.join(", ", Collections.nCopies(count, what));
    }

}

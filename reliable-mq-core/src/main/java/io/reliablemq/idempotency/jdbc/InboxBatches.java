package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashMap;
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
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;

/**
 * Inserts, completes or deletes the records of several messages of one group by one
 * statement. Where a database can only refuse an insert as a whole for one that exists,
 * the others go in by a second one.
 */
final class InboxBatches {

    private final JdbcDatabase database;

    private final Dialect dialect;

    private final String table;

    private final String insert;

    private final SqlStatement insertNew;

    private final String values;

    private final String complete;

    private final String tokens;

    private final String delete;

    InboxBatches(JdbcDatabase database) {
        this.database = database;
        this.dialect = database.dialect();
        this.table = database.name(Table.INBOX);
        String now = this.dialect.now();
        this.insert = "INSERT INTO " + this.table
                + " (consumer_group, identity, message_id, id_space, origin, status, token, lease_until, created_at) ";
        // One text for every number of records, whose expressions are compiled once.
        this.insertNew = database.sql(this.insert
                + "SELECT CAST(? AS VARCHAR), v.identity, v.message_id, v.id_space, v.origin, CAST(? AS VARCHAR),"
                + " CAST(? AS BIGINT), " + now + " + ?, " + now
                + " FROM unnest(CAST(? AS VARCHAR[]), CAST(? AS BIGINT[]), CAST(? AS VARCHAR[]), CAST(? AS BIGINT[]))"
                + " AS v (identity, message_id, id_space, origin)"
                + " ON CONFLICT (consumer_group, identity) DO NOTHING RETURNING identity");
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
        return Set.copyOf(this.insertNew.waitingAtMost(wait)
            .list(connection,
                    (parameters) -> parameters.text(keys.get(0).group())
                        .text(row.status().name())
                        .number(row.token())
                        .number(row.leaseUntil())
                        .array("varchar", keys, RecordKey::identity)
                        .array("bigint", keys, RecordKey::messageId)
                        .array("varchar", keys, (key) -> MessageColumns.space(key.space()))
                        .array("bigint", keys, RecordKey::origin),
                    this::identity));
    }

    /** All or, if one exists, none. */
    private boolean insertAll(Connection connection, List<RecordKey> keys, InboxRow row, int wait) throws SQLException {
        String sql = this.insert + "VALUES " + String.join(", ", Collections.nCopies(keys.size(), this.values));
        return this.database.sql(sql).waitingAtMost(wait).insert(connection, (parameters) -> {
            for (RecordKey key : keys) {
                Inbox.setRow(parameters, key, row);
            }
        });
    }

    // No lock: one that is missed here is found by the insert.
    private Set<String> existing(Connection connection, List<RecordKey> keys) throws SQLException {
        String sql = "SELECT identity FROM " + this.table + " WHERE consumer_group = ? AND identity IN "
                + SqlStatement.marks(keys.size());
        return Set.copyOf(this.database.sql(sql)
            .list(connection, (parameters) -> parameters.key(keys.get(0).group())
                .keys(keys.stream().map(RecordKey::identity).toList()), this::identity));
    }

    /**
     * Returns how many were completed, of leases with the same group and token.
     */
    int complete(Connection connection, List<Lease> leases, int wait) throws SQLException {
        return this.database.sql(this.complete + anyOf(leases.size()))
            .waitingAtMost(wait)
            .update(connection, (parameters) -> setIdentities(
                    parameters.key(leases.get(0).key().group()).number(leases.get(0).token()), leases));
    }

    /**
     * Whether all records are there with these tokens, as the transaction sees them.
     */
    boolean areThere(Connection connection, List<Lease> leases) throws SQLException {
        Map<String, Long> there = new HashMap<>();
        this.database.sql(this.tokens + anyOf(leases.size()))
            .each(connection, (parameters) -> setIdentities(parameters.key(leases.get(0).key().group()), leases),
                    (row) -> there.put(identity(row), row.getLong(2)));
        return leases.stream().allMatch((lease) -> Objects.equals(there.get(lease.key().identity()), lease.token()));
    }

    /** Deletes records that the transaction holds. */
    void delete(Connection connection, List<Lease> leases, int wait) throws SQLException {
        this.database.sql(this.delete + anyOf(leases.size()))
            .waitingAtMost(wait)
            .update(connection, (parameters) -> setIdentities(parameters.key(leases.get(0).key().group()), leases));
    }

    private String anyOf(int count) {
        return (this.dialect == Dialect.POSTGRESQL) ? "= ANY (CAST(? AS VARCHAR[]))"
                : "IN " + SqlStatement.marks(count);
    }

    private void setIdentities(SqlParameters parameters, List<Lease> leases) throws SQLException {
        if (this.dialect == Dialect.POSTGRESQL) {
            parameters.array("varchar", leases, (lease) -> lease.key().identity());
        }
        else {
            parameters.keys(leases.stream().map((lease) -> lease.key().identity()).toList());
        }
    }

    private String identity(ResultSet row) throws SQLException {
        return String.valueOf(this.dialect.getKey(row, 1));
    }

    private static Set<String> identities(List<RecordKey> keys) {
        return keys.stream().map(RecordKey::identity).collect(Collectors.toSet());
    }

}

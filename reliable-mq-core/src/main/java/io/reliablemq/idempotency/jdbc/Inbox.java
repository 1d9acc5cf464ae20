package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.Table;
import org.jspecify.annotations.Nullable;

/**
 * The statements on single records. Each runs once, on the caller's connection.
 */
final class Inbox {

    private static final String KEY = " WHERE consumer_group = ? AND identity = ?";

    private static final String OWNED = KEY + " AND token = ? AND status = 'PROCESSING'";

    private final Dialect dialect;

    private final String insert;

    private final String insertOrLock;

    private final String select;

    private final String takeOver;

    private final String complete;

    private final String release;

    private final String purge;

    Inbox(JdbcDatabase database) {
        this.dialect = database.dialect();
        String table = database.name(Table.INBOX);
        String now = this.dialect.now();
        String always = "INSERT INTO " + table
                + " (consumer_group, identity, message_id, id_space, origin, status, token, lease_until, created_at,"
                + " duplicate_of) VALUES (?, ?, ?, ?, ?, ?, ?, " + now + " + ?, " + now + ", ?)";
        this.insertOrLock = always + " ON DUPLICATE KEY UPDATE token = token";
        this.insert = always
                + (this.dialect.errorsAbortTransactions() ? " ON CONFLICT (consumer_group, identity) DO NOTHING" : "");
        this.select = "SELECT status, token, lease_until, " + now + ", origin FROM " + table + KEY;
        this.takeOver = "UPDATE " + table + " SET status = ?, token = ?, lease_until = " + now
                + " + ?, message_id = ?, id_space = ?, origin = ?" + OWNED + " AND lease_until <= " + now;
        this.complete = "UPDATE " + table + " SET status = 'DONE', lease_until = " + now + OWNED
                + " AND lease_until > 0";
        this.release = "UPDATE " + table + " SET lease_until = 0" + OWNED;
        String then = this.dialect.statementTime();
        this.purge = this.dialect.deleteSome(table, this.dialect.rangeKey("consumer_group") + " = ? AND created_at < "
                + then + " - ? AND lease_until < " + then + " - ? AND status <> 'PARKED'", "created_at");
    }

    /**
     * Inserts a record unless there is one. An error other than that of this statement's
     * own key is never taken for a duplicate.
     */
    boolean insert(Connection connection, RecordKey key, InboxRow row, @Nullable String duplicateOf, int waitSeconds)
            throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.insert, waitSeconds)) {
            setRow(statement, key, row, duplicateOf);
            int rows = statement.executeUpdate();
            // Without ON CONFLICT the statement has inserted, or thrown.
            return !this.dialect.errorsAbortTransactions() || rows == 1;
        }
        catch (SQLException ex) {
            if (this.dialect.classify(ex) == SqlFailure.DUPLICATE_KEY) {
                return false;
            }
            throw ex;
        }
    }

    /**
     * Inserts a record unless there is one, and locks it in either case; which it was is
     * not known. Only for MariaDB and MySQL, where an INSERT that fails leaves a shared
     * lock behind: two that then ask for more lock each other up.
     */
    void insertOrLock(Connection connection, RecordKey key, InboxRow row, int waitSeconds) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.insertOrLock,
                waitSeconds)) {
            setRow(statement, key, row, null);
            statement.executeUpdate();
        }
    }

    private void setRow(PreparedStatement statement, RecordKey key, InboxRow row, @Nullable String duplicateOf)
            throws SQLException {
        this.dialect.setKey(statement, 1, key.group());
        this.dialect.setKey(statement, 2, key.identity());
        setMessage(statement, 3, key);
        statement.setString(6, row.status().name());
        statement.setLong(7, row.token());
        statement.setLong(8, row.leaseUntil());
        if (duplicateOf != null) {
            this.dialect.setKey(statement, 9, duplicateOf);
        }
        else {
            statement.setNull(9, this.dialect.isMySqlFamily() ? Types.VARBINARY : Types.VARCHAR);
        }
    }

    @Nullable InboxRow read(Connection connection, RecordKey key, int waitSeconds) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareCurrentRead(connection, this.select, waitSeconds)) {
            this.dialect.setKey(statement, 1, key.group());
            this.dialect.setKey(statement, 2, key.identity());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                InboxRow found = new InboxRow(status(row.getString(1), key), row.getLong(2), row.getLong(3),
                        row.getLong(4));
                long origin = row.getLong(5);
                return row.wasNull() ? found : found.of(origin);
            }
        }
    }

    /** Takes over what was seen, unless it has changed since. */
    boolean takeOver(Connection connection, RecordKey key, InboxRow seen, long token, InboxStatus status,
            long leaseMillis, int waitSeconds) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.takeOver, waitSeconds)) {
            statement.setString(1, status.name());
            statement.setLong(2, token);
            statement.setLong(3, leaseMillis);
            setMessage(statement, 4, key);
            setOwned(statement, 7, key, seen.token());
            return statement.executeUpdate() == 1;
        }
    }

    boolean complete(Connection connection, RecordKey key, long token, int waitSeconds) throws SQLException {
        return updateOwned(connection, this.complete, key, token, waitSeconds);
    }

    boolean release(Connection connection, RecordKey key, long token, int waitSeconds) throws SQLException {
        return updateOwned(connection, this.release, key, token, waitSeconds);
    }

    int purge(Connection connection, String group, long retentionMillis, int limit, int waitSeconds)
            throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.purge, waitSeconds)) {
            this.dialect.setKey(statement, 1, group);
            statement.setLong(2, retentionMillis);
            statement.setLong(3, retentionMillis);
            statement.setInt(4, limit);
            return statement.executeUpdate();
        }
    }

    private boolean updateOwned(Connection connection, String sql, RecordKey key, long token, int waitSeconds)
            throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, waitSeconds)) {
            setOwned(statement, 1, key, token);
            return statement.executeUpdate() == 1;
        }
    }

    private void setOwned(PreparedStatement statement, int index, RecordKey key, long token) throws SQLException {
        this.dialect.setKey(statement, index, key.group());
        this.dialect.setKey(statement, index + 1, key.identity());
        statement.setLong(index + 2, token);
    }

    /** Id, space and origin. */
    static void setMessage(PreparedStatement statement, int index, RecordKey key) throws SQLException {
        setLong(statement, index, key.messageId());
        statement.setString(index + 1, MessageColumns.space(key.space()));
        setLong(statement, index + 2, key.origin());
    }

    private static void setLong(PreparedStatement statement, int index, @Nullable Long id) throws SQLException {
        if (id != null) {
            statement.setLong(index, id);
        }
        else {
            statement.setNull(index, Types.BIGINT);
        }
    }

    // A status of a later version, or written by hand: neither new nor done.
    static InboxStatus status(@Nullable String name, RecordKey key) {
        return Arrays.stream(InboxStatus.values())
            .filter((status) -> status.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IdempotencyStoreException(
                    "The record '" + key.identity() + "' of consumer group '" + key.group() + "' has the status '"
                            + name + "', which this version does not know: the message is not processed. "
                            + "Use the same version of the library on all instances, or correct the row.",
                    new IllegalStateException("unknown status " + name)));
    }

}

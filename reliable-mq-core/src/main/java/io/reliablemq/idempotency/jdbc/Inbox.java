package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import org.jspecify.annotations.Nullable;

/**
 * SQL statements on a single idempotency record. Each runs once, on the caller's
 * connection.
 */
final class Inbox {

    private static final String KEY = " WHERE consumer_group = ? AND identity = ?";

    private static final String OWNED = KEY + " AND token = ? AND status = 'PROCESSING'";

    private final Dialect dialect;

    private final SqlStatement insert;

    private final SqlStatement insertOrLock;

    private final SqlStatement select;

    private final SqlStatement takeOver;

    private final SqlStatement complete;

    private final SqlStatement release;

    private final SqlStatement purge;

    Inbox(JdbcDatabase database) {
        this.dialect = database.dialect();
        String table = database.name(Table.INBOX);
        String now = this.dialect.now();
        String always = "INSERT INTO " + table
                + " (consumer_group, identity, message_id, id_space, origin, status, token, lease_until, created_at,"
                + " duplicate_of) VALUES (?, ?, ?, ?, ?, ?, ?, " + now + " + ?, " + now + ", ?)";
        this.insertOrLock = database.sql(always + " ON DUPLICATE KEY UPDATE token = token");
        this.insert = database.sql(always + this.dialect.unlessExists("consumer_group, identity"));
        this.select = database.sql("SELECT status, token, lease_until, " + now + ", origin FROM " + table + KEY);
        this.takeOver = database.sql("UPDATE " + table + " SET status = ?, token = ?, lease_until = " + now
                + " + ?, message_id = ?, id_space = ?, origin = ?" + OWNED + " AND lease_until <= " + now);
        this.complete = database
            .sql("UPDATE " + table + " SET status = 'DONE', lease_until = " + now + OWNED + " AND lease_until > 0");
        this.release = database.sql("UPDATE " + table + " SET lease_until = 0" + OWNED);
        String then = this.dialect.statementTime();
        this.purge = database
            .sql(this.dialect.deleteSome(table, this.dialect.rangeKey("consumer_group") + " = ? AND created_at < "
                    + then + " - ? AND lease_until < " + then + " - ? AND status <> 'PARKED'", "created_at"));
    }

    /**
     * Inserts a record unless there is one. An error other than that of this statement's
     * own key is never taken for a duplicate.
     */
    boolean insert(Connection connection, RecordKey key, InboxRow row, @Nullable String duplicateOf, int waitSeconds)
            throws SQLException {
        return this.insert.waitingAtMost(waitSeconds)
            .insert(connection, (parameters) -> setRow(parameters, key, row).key(duplicateOf));
    }

    /**
     * Inserts a record unless there is one, and locks it in either case; which it was is
     * not known. Only for MariaDB and MySQL, where an INSERT that fails leaves a shared
     * lock behind: two that then ask for more lock each other up.
     */
    void insertOrLock(Connection connection, RecordKey key, InboxRow row, int waitSeconds) throws SQLException {
        this.insertOrLock.waitingAtMost(waitSeconds)
            .update(connection, (parameters) -> setRow(parameters, key, row).key(null));
    }

    /** Sets all columns but those that are the database's time. */
    static SqlParameters setRow(SqlParameters parameters, RecordKey key, InboxRow row) throws SQLException {
        return setMessage(parameters.key(key.group()).key(key.identity()), key).text(row.status().name())
            .number(row.token())
            .number(row.leaseUntil());
    }

    @Nullable InboxRow read(Connection connection, RecordKey key, int waitSeconds) throws SQLException {
        return this.select.currentRead(waitSeconds)
            .first(connection, (parameters) -> parameters.key(key.group()).key(key.identity()),
                    (row) -> new InboxRow(status(row.getString(1), key), row.getLong(2), row.getLong(3), row.getLong(4),
                            MessageColumns.number(row, 5)));
    }

    /** Takes over what was seen, unless it has changed since. */
    boolean takeOver(Connection connection, RecordKey key, InboxRow seen, long token, InboxStatus status,
            long leaseMillis, int waitSeconds) throws SQLException {
        return this.takeOver.waitingAtMost(waitSeconds)
            .update(connection,
                    (parameters) -> setOwned(
                            setMessage(parameters.text(status.name()).number(token).number(leaseMillis), key), key,
                            seen.token())) == 1;
    }

    boolean complete(Connection connection, RecordKey key, long token, int waitSeconds) throws SQLException {
        return this.complete.waitingAtMost(waitSeconds)
            .update(connection, (parameters) -> setOwned(parameters, key, token)) == 1;
    }

    boolean release(Connection connection, RecordKey key, long token, int waitSeconds) throws SQLException {
        return this.release.waitingAtMost(waitSeconds)
            .update(connection, (parameters) -> setOwned(parameters, key, token)) == 1;
    }

    int purge(Connection connection, String group, long retentionMillis, int limit, int waitSeconds)
            throws SQLException {
        return this.purge.waitingAtMost(waitSeconds)
            .update(connection, (
                    parameters) -> parameters.key(group).number(retentionMillis).number(retentionMillis).number(limit));
    }

    private static SqlParameters setOwned(SqlParameters parameters, RecordKey key, long token) throws SQLException {
        return parameters.key(key.group()).key(key.identity()).number(token);
    }

    /** Id, space and origin. */
    private static SqlParameters setMessage(SqlParameters parameters, RecordKey key) throws SQLException {
        return parameters.number(key.messageId()).space(key.space()).number(key.origin());
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

package io.reliablemq.retry.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.Table;
import io.reliablemq.retry.Attempt;
import io.reliablemq.retry.Leftovers;
import org.jspecify.annotations.Nullable;

/**
 * The statements on attempts. Each runs once, on the caller's connection.
 */
final class AttemptRows {

    /** Nothing has failed yet. */
    static final Attempt NONE = new Attempt(0, 0, Instant.EPOCH, null);

    private static final int WAIT_SECONDS = 5;

    private static final int LONGEST_NAME = 255;

    private static final String KEY = " WHERE consumer_group = ? AND identity = ?";

    private final Dialect dialect;

    private final String now;

    private final String insert;

    private final String select;

    private final String update;

    private final String delete;

    private final String purge;

    AttemptRows(JdbcDatabase database) {
        this.dialect = database.dialect();
        String table = database.name(Table.ATTEMPT);
        this.now = "SELECT " + this.dialect.now();
        this.insert = "INSERT INTO " + table
                + " (failures, postponements, next_due, exception, consumer_group, identity, message_id, id_space)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                + (this.dialect.errorsAbortTransactions() ? " ON CONFLICT (consumer_group, identity) DO NOTHING" : "");
        this.select = "SELECT failures, postponements, next_due, exception, " + this.dialect.now()
                + ", message_id, id_space FROM " + table + KEY;
        this.update = "UPDATE " + table + " SET failures = ?, postponements = ?, next_due = ?, exception = ?,"
                + " message_id = ?, id_space = ?" + KEY;
        this.delete = "DELETE FROM " + table + KEY;
        this.purge = this.dialect.deleteSome(table, this.dialect.rangeKey("consumer_group") + " = ? AND next_due < "
                + this.dialect.statementTime() + " - ?", "next_due");
    }

    static String fit(String name) {
        return (name.length() > LONGEST_NAME) ? name.substring(0, LONGEST_NAME) : name;
    }

    /** The state that was inserted, {@code null} if there is one already. */
    @Nullable Attempt insert(Connection connection, RecordKey key, Next first) throws SQLException {
        Attempt attempt = first.from(now(connection));
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.insert, WAIT_SECONDS)) {
            setState(statement, attempt);
            setKey(statement, 5, key);
            setMessage(statement, 7, key);
            int rows = statement.executeUpdate();
            return (this.dialect.errorsAbortTransactions() && rows == 0) ? null : attempt;
        }
        catch (SQLException ex) {
            if (this.dialect.classify(ex) == SqlFailure.DUPLICATE_KEY) {
                return null;
            }
            throw ex;
        }
    }

    @Nullable Attempt read(Connection connection, RecordKey key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.select)) {
            setKey(statement, 1, key);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? attempt(row) : null;
            }
        }
    }

    /** Locks the row until the transaction ends; {@code null} if there is none. */
    @Nullable Attempt lockAndUpdate(Connection connection, RecordKey key, Step step) throws SQLException {
        try (PreparedStatement lock = this.dialect.prepareLockingRead(connection, this.select, WAIT_SECONDS)) {
            setKey(lock, 1, key);
            try (ResultSet row = lock.executeQuery()) {
                return row.next() ? update(connection, key, step.after(before(row, key)).from(row.getLong(5))) : null;
            }
        }
    }

    /** Nothing, where it is what an earlier message of the same key has left. */
    private static Attempt before(ResultSet row, RecordKey key) throws SQLException {
        Attempt attempt = attempt(row);
        Long id = key.messageId();
        boolean same = id != null && row.getLong(6) == id && !row.wasNull()
                && MessageColumns.space(key.space()).equals(row.getString(7));
        return Leftovers.areLeft(key, same, attempt.nextDue(), Instant.ofEpochMilli(row.getLong(5))) ? NONE : attempt;
    }

    boolean delete(Connection connection, RecordKey key) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.delete, WAIT_SECONDS)) {
            setKey(statement, 1, key);
            return statement.executeUpdate() > 0;
        }
    }

    int purge(Connection connection, String group, long retentionMillis, int limit) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.purge, WAIT_SECONDS)) {
            this.dialect.setKey(statement, 1, group);
            statement.setLong(2, retentionMillis);
            statement.setInt(3, limit);
            return statement.executeUpdate();
        }
    }

    private Attempt update(Connection connection, RecordKey key, Attempt attempt) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.update)) {
            setState(statement, attempt);
            setMessage(statement, 5, key);
            setKey(statement, 7, key);
            statement.executeUpdate();
            return attempt;
        }
    }

    private long now(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.now);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    private static Attempt attempt(ResultSet row) throws SQLException {
        return new Attempt(row.getInt(1), row.getInt(2), Instant.ofEpochMilli(row.getLong(3)), row.getString(4));
    }

    private static void setState(PreparedStatement statement, Attempt attempt) throws SQLException {
        statement.setInt(1, attempt.failures());
        statement.setInt(2, attempt.postponements());
        statement.setLong(3, attempt.nextDue().toEpochMilli());
        statement.setString(4, attempt.exception());
    }

    private static void setMessage(PreparedStatement statement, int index, RecordKey key) throws SQLException {
        Long id = key.messageId();
        if (id != null) {
            statement.setLong(index, id);
        }
        else {
            statement.setNull(index, Types.BIGINT);
        }
        statement.setString(index + 1, MessageColumns.space(key.space()));
    }

    private void setKey(PreparedStatement statement, int index, RecordKey key) throws SQLException {
        this.dialect.setKey(statement, index, key.group());
        this.dialect.setKey(statement, index + 1, key.identity());
    }

    /** What follows from a state. */
    @FunctionalInterface
    interface Step {

        Next after(Attempt before);

    }

    /** A state whose next delivery is counted from the database's now. */
    record Next(int failures, int postponements, Duration delay, @Nullable String exception) {

        Attempt from(long now) {
            return new Attempt(this.failures, this.postponements, Instant.ofEpochMilli(now + this.delay.toMillis()),
                    this.exception);
        }

    }

}

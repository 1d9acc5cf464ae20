package io.reliablemq.retry.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.Table;
import io.reliablemq.retry.Attempt;
import io.reliablemq.retry.Leftovers;
import org.jspecify.annotations.Nullable;

/**
 * SQL statements on failed attempts. Each runs once, on the caller's connection.
 */
final class AttemptRows {

    /** Nothing has failed yet. */
    static final Attempt NONE = new Attempt(0, 0, Instant.EPOCH, null);

    private static final int WAIT_SECONDS = 5;

    private static final int LONGEST_NAME = 255;

    private static final String KEY = " WHERE consumer_group = ? AND identity = ?";

    private final Dialect dialect;

    private final SqlStatement now;

    private final SqlStatement insert;

    private final SqlStatement select;

    private final SqlStatement update;

    private final SqlStatement delete;

    private final SqlStatement purge;

    AttemptRows(JdbcDatabase database) {
        this.dialect = database.dialect();
        String table = database.name(Table.ATTEMPT);
        this.now = database.sql("SELECT " + this.dialect.now());
        this.insert = database
            .sql("INSERT INTO " + table
                    + " (failures, postponements, next_due, exception, consumer_group, identity, message_id, id_space)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)" + this.dialect.unlessExists("consumer_group, identity"))
            .waitingAtMost(WAIT_SECONDS);
        this.select = database.sql("SELECT failures, postponements, next_due, exception, " + this.dialect.now()
                + ", message_id, id_space FROM " + table + KEY);
        this.update = database.sql("UPDATE " + table + " SET failures = ?, postponements = ?, next_due = ?,"
                + " exception = ?, message_id = ?, id_space = ?" + KEY);
        this.delete = database.sql("DELETE FROM " + table + KEY).waitingAtMost(WAIT_SECONDS);
        this.purge = database.sql(this.dialect.deleteSome(table, this.dialect.rangeKey("consumer_group")
                + " = ? AND next_due < " + this.dialect.statementTime() + " - ?", "next_due"))
            .waitingAtMost(WAIT_SECONDS);
    }

    static String fit(String name) {
        return (name.length() > LONGEST_NAME) ? name.substring(0, LONGEST_NAME) : name;
    }

    /** The state that was inserted, {@code null} if there is one already. */
    @Nullable Attempt insert(Connection connection, RecordKey key, Next first) throws SQLException {
        Attempt attempt = first.from(Objects.requireNonNull(this.now.number(connection, Binding.NONE)));
        return this.insert.insert(connection,
                (parameters) -> setMessage(setKey(setState(parameters, attempt), key), key)) ? attempt : null;
    }

    @Nullable Attempt read(Connection connection, RecordKey key) throws SQLException {
        return this.select.first(connection, (parameters) -> setKey(parameters, key), AttemptRows::attempt);
    }

    /** Locks the row until the transaction ends; {@code null} if there is none. */
    @Nullable Attempt lockAndUpdate(Connection connection, RecordKey key, Step step) throws SQLException {
        Attempt next = this.select.lockingRead(WAIT_SECONDS)
            .first(connection, (parameters) -> setKey(parameters, key),
                    (row) -> step.after(before(row, key)).from(row.getLong(5)));
        if (next != null) {
            this.update.update(connection, (parameters) -> setKey(setMessage(setState(parameters, next), key), key));
        }
        return next;
    }

    /** Nothing, where it is what an earlier message of the same key has left. */
    private static Attempt before(ResultSet row, RecordKey key) throws SQLException {
        Attempt attempt = attempt(row);
        Long id = key.messageId();
        boolean same = id != null && id.equals(MessageColumns.number(row, 6))
                && MessageColumns.space(key.space()).equals(row.getString(7));
        return Leftovers.areLeft(key, same, attempt.nextDue(), Instant.ofEpochMilli(row.getLong(5))) ? NONE : attempt;
    }

    boolean delete(Connection connection, RecordKey key) throws SQLException {
        return this.delete.update(connection, (parameters) -> setKey(parameters, key)) > 0;
    }

    int purge(Connection connection, String group, long retentionMillis, int limit) throws SQLException {
        return this.purge.update(connection,
                (parameters) -> parameters.key(group).number(retentionMillis).number(limit));
    }

    private static Attempt attempt(ResultSet row) throws SQLException {
        return new Attempt(row.getInt(1), row.getInt(2), Instant.ofEpochMilli(row.getLong(3)), row.getString(4));
    }

    private static SqlParameters setState(SqlParameters parameters, Attempt attempt) throws SQLException {
        return parameters.number(attempt.failures())
            .number(attempt.postponements())
            .time(attempt.nextDue())
            .text(attempt.exception());
    }

    private static SqlParameters setMessage(SqlParameters parameters, RecordKey key) throws SQLException {
        return parameters.number(key.messageId()).space(key.space());
    }

    private static SqlParameters setKey(SqlParameters parameters, RecordKey key) throws SQLException {
        return parameters.key(key.group()).key(key.identity());
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

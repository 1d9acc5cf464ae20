package io.reliablemq.deadletter.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterCount;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import org.jspecify.annotations.Nullable;

/**
 * SQL statements on several dead letters.
 */
final class LetterQueries {

    private final JdbcDatabase database;

    private final Dialect dialect;

    private final LetterColumns columns;

    private final String table;

    private final String inbox;

    private final SqlStatement purge;

    LetterQueries(JdbcDatabase database) {
        this.database = database;
        this.dialect = database.dialect();
        this.columns = new LetterColumns(this.dialect, new MessageColumns(this.dialect, PayloadCodec.plain()));
        this.table = database.name(Table.DEAD_LETTER);
        this.inbox = database.name(Table.INBOX);
        this.purge = database
            .sql(this.dialect.deleteSome(this.table,
                    "status = ? AND updated_at < " + this.dialect.statementTime()
                            + " - ? AND (status <> 'PARKED' OR reason = 'DROPPED')",
                    "parked_at"))
            .waitingAtMost(LetterRows.WAIT_SECONDS);
    }

    List<DeadLetter> find(Connection connection, DeadLetterFilter filter, long afterId, int limit) throws SQLException {
        Conditions conditions = new Conditions(filter);
        conditions.add("row_id > ?", (parameters) -> parameters.number(afterId));
        return this.database
            .sql("SELECT " + LetterColumns.HEAD + " FROM " + this.table + conditions.where()
                    + " ORDER BY row_id LIMIT ?")
            .list(connection, (parameters) -> conditions.set(parameters).number(limit), this.columns::head);
    }

    List<DeadLetter> overdue(Connection connection, int limit) throws SQLException {
        return this.database
            .sql("SELECT " + LetterColumns.HEAD + " FROM " + this.table
                    + " WHERE status = 'REPLAYING' AND lease_until <= " + this.dialect.now()
                    + " ORDER BY parked_at LIMIT ?")
            .list(connection, (parameters) -> parameters.number(limit), this.columns::head);
    }

    List<DeadLetterCount> count(Connection connection, DeadLetterFilter filter) throws SQLException {
        Conditions conditions = new Conditions(filter);
        return this.database
            .sql("SELECT consumer_group, status, exception, COUNT(*), MIN(parked_at) FROM " + this.table
                    + conditions.where() + " GROUP BY consumer_group, status, exception ORDER BY 4 DESC")
            .list(connection, conditions::set,
                    (row) -> new DeadLetterCount(Objects.requireNonNull(this.dialect.getKey(row, 1)),
                            LetterColumns.valueOf(DeadLetterStatus.class, row.getString(2), 0), row.getString(3),
                            row.getLong(4), Instant.ofEpochMilli(row.getLong(5))));
    }

    /** No lock is taken: a record that is done stays so. */
    int resolveDone(Connection connection, int limit) throws SQLException {
        List<Long> done = this.database
            .sql("SELECT d.row_id FROM " + this.table + " d JOIN " + this.inbox
                    + " i ON i.consumer_group = d.consumer_group AND i.identity = d.identity"
                    + " WHERE d.status = 'REPLAYING' AND i.status = 'DONE' LIMIT ?")
            .list(connection, (parameters) -> parameters.number(limit), (row) -> row.getLong(1));
        SqlStatement resolve = this.database
            .sql("UPDATE " + this.table + " SET status = 'RESOLVED', owner = NULL, lease_until = 0, updated_at = "
                    + this.dialect.now() + " WHERE row_id = ? AND status = 'REPLAYING'")
            .waitingAtMost(LetterRows.WAIT_SECONDS);
        int resolved = 0;
        for (long id : done) {
            resolved += resolve.update(connection, (parameters) -> parameters.number(id));
        }
        return resolved;
    }

    int purge(Connection connection, DeadLetterStatus status, Duration retention, int limit) throws SQLException {
        return this.purge.update(connection,
                (parameters) -> parameters.text(status.name()).number(retention.toMillis()).number(limit));
    }

    /** A filter in SQL. */
    private static final class Conditions {

        private final List<String> texts = new ArrayList<>();

        private final List<Binding> values = new ArrayList<>();

        Conditions(DeadLetterFilter filter) {
            String group = filter.group();
            if (group != null) {
                add("consumer_group = ?", (parameters) -> parameters.key(group));
            }
            DeadLetterStatus status = filter.status();
            if (status != null) {
                add("status = ?", (parameters) -> parameters.text(status.name()));
            }
            String topic = filter.topic();
            if (topic != null) {
                add("topic = ?", (parameters) -> parameters.text(topic));
            }
            String exception = filter.exception();
            if (exception != null) {
                add("(exception = ? OR exception LIKE ? ESCAPE '!')",
                        (parameters) -> parameters.text(exception).text("%." + exception.replaceAll("([!%_])", "!$1")));
            }
            addTime("parked_at >= ?", filter.parkedFrom());
            addTime("parked_at < ?", filter.parkedTo());
        }

        void add(String text, Binding value) {
            this.texts.add(text);
            this.values.add(value);
        }

        private void addTime(String text, @Nullable Instant time) {
            if (time != null) {
                add(text, (parameters) -> parameters.time(time));
            }
        }

        String where() {
            return this.texts.isEmpty() ? "" : " WHERE " + String.join(" AND ", this.texts);
        }

        SqlParameters set(SqlParameters parameters) throws SQLException {
            for (Binding value : this.values) {
                value.set(parameters);
            }
            return parameters;
        }

    }

}

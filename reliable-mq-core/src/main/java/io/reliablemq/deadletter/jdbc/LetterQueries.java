package io.reliablemq.deadletter.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
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
import io.reliablemq.jdbc.Table;

/**
 * The statements on many letters.
 */
final class LetterQueries {

    private final Dialect dialect;

    private final LetterColumns columns;

    private final String table;

    private final String inbox;

    private final String purge;

    LetterQueries(JdbcDatabase database) {
        this.dialect = database.dialect();
        this.columns = new LetterColumns(this.dialect, new MessageColumns(this.dialect, PayloadCodec.plain()));
        this.table = database.name(Table.DEAD_LETTER);
        this.inbox = database.name(Table.INBOX);
        this.purge = this.dialect.deleteSome(this.table, "status = ? AND updated_at < " + this.dialect.statementTime()
                + " - ? AND (status <> 'PARKED' OR reason = 'DROPPED')", "parked_at");
    }

    List<DeadLetter> find(Connection connection, DeadLetterFilter filter, long afterId, int limit) throws SQLException {
        Conditions conditions = new Conditions(filter);
        conditions.add("row_id > ?", (statement, index) -> statement.setLong(index, afterId));
        String sql = "SELECT " + LetterColumns.HEAD + " FROM " + this.table + conditions.where()
                + " ORDER BY row_id LIMIT ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(conditions.set(statement), limit);
            return letters(statement);
        }
    }

    List<DeadLetter> overdue(Connection connection, int limit) throws SQLException {
        String sql = "SELECT " + LetterColumns.HEAD + " FROM " + this.table
                + " WHERE status = 'REPLAYING' AND lease_until <= " + this.dialect.now()
                + " ORDER BY parked_at LIMIT ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, limit);
            return letters(statement);
        }
    }

    List<DeadLetterCount> count(Connection connection, DeadLetterFilter filter) throws SQLException {
        Conditions conditions = new Conditions(filter);
        String sql = "SELECT consumer_group, status, exception, COUNT(*), MIN(parked_at) FROM " + this.table
                + conditions.where() + " GROUP BY consumer_group, status, exception ORDER BY 4 DESC";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            conditions.set(statement);
            List<DeadLetterCount> counts = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    counts.add(new DeadLetterCount(Objects.requireNonNull(this.dialect.getKey(row, 1)),
                            LetterColumns.valueOf(DeadLetterStatus.class, row.getString(2), 0), row.getString(3),
                            row.getLong(4), Instant.ofEpochMilli(row.getLong(5))));
                }
            }
            return counts;
        }
    }

    /** No lock is taken: a record that is done stays so. */
    int resolveDone(Connection connection, int limit) throws SQLException {
        List<Long> done = new ArrayList<>();
        String find = "SELECT d.row_id FROM " + this.table + " d JOIN " + this.inbox
                + " i ON i.consumer_group = d.consumer_group AND i.identity = d.identity"
                + " WHERE d.status = 'REPLAYING' AND i.status = 'DONE' LIMIT ?";
        try (PreparedStatement statement = connection.prepareStatement(find)) {
            statement.setInt(1, limit);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    done.add(row.getLong(1));
                }
            }
        }
        return done.isEmpty() ? 0 : resolve(connection, done);
    }

    private int resolve(Connection connection, List<Long> ids) throws SQLException {
        String sql = "UPDATE " + this.table + " SET status = 'RESOLVED', owner = NULL, lease_until = 0, updated_at = "
                + this.dialect.now() + " WHERE row_id = ? AND status = 'REPLAYING'";
        int resolved = 0;
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql,
                LetterRows.WAIT_SECONDS)) {
            for (Long id : ids) {
                statement.setLong(1, id);
                resolved += statement.executeUpdate();
            }
        }
        return resolved;
    }

    int purge(Connection connection, DeadLetterStatus status, Duration retention, int limit) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.purge,
                LetterRows.WAIT_SECONDS)) {
            statement.setString(1, status.name());
            statement.setLong(2, retention.toMillis());
            statement.setInt(3, limit);
            return statement.executeUpdate();
        }
    }

    private List<DeadLetter> letters(PreparedStatement statement) throws SQLException {
        List<DeadLetter> letters = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                letters.add(this.columns.head(row));
            }
        }
        return letters;
    }

    /** A filter in SQL. */
    private final class Conditions {

        private final List<String> texts = new ArrayList<>();

        private final List<Value> values = new ArrayList<>();

        Conditions(DeadLetterFilter filter) {
            String group = filter.group();
            if (group != null) {
                add("consumer_group = ?",
                        (statement, index) -> LetterQueries.this.dialect.setKey(statement, index, group));
            }
            DeadLetterStatus status = filter.status();
            if (status != null) {
                addText("status = ?", status.name());
            }
            if (filter.topic() != null) {
                addText("topic = ?", filter.topic());
            }
            String exception = filter.exception();
            if (exception != null) {
                addText("(exception = ? OR exception LIKE ? ESCAPE '!')", exception);
                String name = exception.replaceAll("([!%_])", "!$1");
                this.values.add((statement, index) -> statement.setString(index, "%." + name));
            }
            addTime("parked_at >= ?", filter.parkedFrom());
            addTime("parked_at < ?", filter.parkedTo());
        }

        void add(String text, Value value) {
            this.texts.add(text);
            this.values.add(value);
        }

        private void addText(String text, @org.jspecify.annotations.Nullable String value) {
            add(text, (statement, index) -> statement.setString(index, value));
        }

        private void addTime(String text, @org.jspecify.annotations.Nullable Instant time) {
            if (time != null) {
                long millis = time.toEpochMilli();
                add(text, (statement, index) -> statement.setLong(index, millis));
            }
        }

        String where() {
            return this.texts.isEmpty() ? "" : " WHERE " + String.join(" AND ", this.texts);
        }

        /** Returns the index of the next parameter. */
        int set(PreparedStatement statement) throws SQLException {
            int index = 1;
            for (Value value : this.values) {
                value.set(statement, index++);
            }
            return index;
        }

    }

    /** A parameter of a statement. */
    @FunctionalInterface
    private interface Value {

        void set(PreparedStatement statement, int index) throws SQLException;

    }

}

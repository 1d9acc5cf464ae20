package io.reliablemq.reconcile.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.Table;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupHistory;
import io.reliablemq.reconcile.GroupSubscription;
import org.jspecify.annotations.Nullable;

/**
 * Groups in the table {@code reliable_mq_group}. The database's clock tells the times.
 */
public final class JdbcGroupDirectory implements GroupDirectory {

    private static final String ORDERLY = "ORDERLY";

    private static final String KEY = " WHERE cluster = ? AND consumer_group = ? AND topic = ?";

    private static final String COLUMNS = "cluster, consumer_group, topic, subscription, filter_type, message_model,"
            + " consume_mode, expected_from, last_seen, retention, history";

    private final JdbcDatabase database;

    private final Dialect dialect;

    private final String table;

    /**
     * Creates the directory.
     * @param database the database with the tables
     */
    public JdbcGroupDirectory(JdbcDatabase database) {
        this.database = database;
        this.dialect = database.dialect();
        this.table = database.name(Table.GROUP);
    }

    @Override
    public void register(Collection<GroupSubscription> groups) {
        ReliableMQException failure = null;
        for (GroupSubscription group : groups) {
            try {
                call("register in", (database) -> {
                    insert(database, group);
                    return update(database, group);
                });
            }
            catch (ReliableMQException ex) {
                // One group's is not the others'.
                failure = with(failure, ex);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static ReliableMQException with(@Nullable ReliableMQException first, ReliableMQException another) {
        if (first == null) {
            return another;
        }
        first.addSuppressed(another);
        return first;
    }

    private void insert(JdbcDatabase database, GroupSubscription group) throws SQLException {
        boolean unused = database
            .inAutoCommit((connection) -> find(connection, group, "") == null && insert(connection, group));
    }

    private boolean insert(Connection connection, GroupSubscription group) throws SQLException {
        String now = this.dialect.now();
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + this.table
                + " (subscription, filter_type, message_model, consume_mode, retention, cluster, consumer_group, topic,"
                + " expected_from, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, " + now + ", " + now + ")")) {
            setValues(statement, 1, group);
            setKey(statement, 6, group);
            return statement.executeUpdate() > 0;
        }
        catch (SQLException ex) {
            if (this.dialect.classify(ex) == SqlFailure.DUPLICATE_KEY) {
                return false;
            }
            throw ex;
        }
    }

    /** The row is locked meanwhile: each instance goes on from what another has left. */
    private boolean update(JdbcDatabase database, GroupSubscription group) throws SQLException {
        return database.inOwnTransaction((connection) -> {
            Found found = find(connection, group, " FOR UPDATE");
            // If someone has deleted it just now, the next time registers it anew.
            return found != null && update(connection, found.group().renewed(group, found.now()));
        });
    }

    private boolean update(Connection connection, GroupSubscription group) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("UPDATE " + this.table
                + " SET subscription = ?, filter_type = ?, message_model = ?, consume_mode = ?, retention = ?,"
                + " expected_from = ?, last_seen = ?, history = ?" + KEY)) {
            setValues(statement, 1, group);
            statement.setLong(6, group.expectedFrom().toEpochMilli());
            statement.setLong(7, group.lastSeen().toEpochMilli());
            statement.setString(8, group.history().toString());
            setKey(statement, 9, group);
            return statement.executeUpdate() > 0;
        }
    }

    private @Nullable Found find(Connection connection, GroupSubscription group, String lock) throws SQLException {
        try (PreparedStatement statement = connection
            .prepareStatement("SELECT " + COLUMNS + ", " + this.dialect.now() + " FROM " + this.table + KEY + lock)) {
            setKey(statement, 1, group);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Found(group(row), Instant.ofEpochMilli(row.getLong(12))) : null;
            }
        }
    }

    private static void setValues(PreparedStatement statement, int index, GroupSubscription group) throws SQLException {
        statement.setString(index, group.subscription());
        statement.setString(index + 1, group.filterType());
        statement.setString(index + 2, group.messageModel());
        statement.setString(index + 3, group.ordered() ? ORDERLY : "CONCURRENTLY");
        Duration retention = group.retention();
        if (retention != null) {
            statement.setLong(index + 4, retention.toMillis());
        }
        else {
            statement.setNull(index + 4, Types.BIGINT);
        }
    }

    private void setKey(PreparedStatement statement, int index, GroupSubscription group) throws SQLException {
        statement.setString(index, group.cluster());
        this.dialect.setKey(statement, index + 1, group.group());
        statement.setString(index + 2, group.topic());
    }

    @Override
    public List<GroupSubscription> groups() {
        return call("read", (database) -> database.inAutoCommit(this::read));
    }

    private List<GroupSubscription> read(Connection connection) throws SQLException {
        List<GroupSubscription> groups = new ArrayList<>();
        try (PreparedStatement statement = connection
            .prepareStatement("SELECT " + COLUMNS + " FROM " + this.table + " ORDER BY consumer_group, topic");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                groups.add(group(row));
            }
        }
        return groups;
    }

    private GroupSubscription group(ResultSet row) throws SQLException {
        long retention = row.getLong(10);
        Duration kept = row.wasNull() ? null : Duration.ofMillis(retention);
        String name = Objects.requireNonNullElse(this.dialect.getKey(row, 2), "");
        return new GroupSubscription(row.getString(1), name, row.getString(3), row.getString(4),
                Objects.requireNonNullElse(row.getString(5), GroupSubscription.TAG),
                Objects.requireNonNullElse(row.getString(6), GroupSubscription.CLUSTERING),
                ORDERLY.equals(row.getString(7)), false, Instant.ofEpochMilli(row.getLong(8)),
                Instant.ofEpochMilli(row.getLong(9)), kept, GroupHistory.parse(row.getString(11)));
    }

    private <T> T call(String what, Question<T> question) {
        try {
            return question.ask(this.database);
        }
        catch (SQLException ex) {
            throw new ReliableMQException(
                    "Cannot " + what + " " + this.table + ": " + ex.getMessage() + ". Check the database.", ex);
        }
    }

    /** Something to ask the database. */
    @FunctionalInterface
    private interface Question<T> {

        T ask(JdbcDatabase database) throws SQLException;

    }

    /** A row, and the time. */
    private record Found(GroupSubscription group, Instant now) {
    }

}

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
import io.reliablemq.jdbc.SqlWork;
import io.reliablemq.jdbc.Table;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
import org.jspecify.annotations.Nullable;

/**
 * Groups in the table {@code reliable_mq_group}. The database's clock tells the times.
 */
public final class JdbcGroupDirectory implements GroupDirectory {

    private static final String ORDERLY = "ORDERLY";

    private static final String KEY = " WHERE cluster = ? AND consumer_group = ? AND topic = ?";

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
        call("register in", (connection) -> {
            List<GroupSubscription> known = read(connection);
            for (GroupSubscription group : groups) {
                register(connection, group, find(known, group));
            }
            return groups.size();
        });
    }

    private static @Nullable GroupSubscription find(List<GroupSubscription> known, GroupSubscription group) {
        return known.stream()
            .filter((it) -> it.cluster().equals(group.cluster()) && it.group().equals(group.group())
                    && it.topic().equals(group.topic()))
            .findFirst()
            .orElse(null);
    }

    private void register(Connection connection, GroupSubscription group, @Nullable GroupSubscription known)
            throws SQLException {
        if (known == null && insert(connection, group)) {
            return;
        }
        // What was not subscribed to until now was not expected.
        boolean changed = known != null && !known.deliversAs(group);
        String now = this.dialect.now();
        try (PreparedStatement statement = connection.prepareStatement("UPDATE " + this.table
                + " SET subscription = ?, filter_type = ?, message_model = ?, consume_mode = ?, retention = ?, last_seen = "
                + now + (changed ? ", expected_from = " + now : "") + KEY)) {
            setValues(statement, 1, group);
            setKey(statement, 6, group);
            statement.executeUpdate();
        }
    }

    /** {@code false} if another instance was faster. */
    private boolean insert(Connection connection, GroupSubscription group) throws SQLException {
        String now = this.dialect.now();
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + this.table
                + " (subscription, filter_type, message_model, consume_mode, retention, cluster, consumer_group, topic,"
                + " expected_from, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, " + now + ", " + now + ")")) {
            setValues(statement, 1, group);
            setKey(statement, 6, group);
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
        return call("read", this::read);
    }

    private List<GroupSubscription> read(Connection connection) throws SQLException {
        List<GroupSubscription> groups = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("SELECT cluster, consumer_group, topic,"
                + " subscription, filter_type, message_model, consume_mode, expected_from, last_seen, retention FROM "
                + this.table + " ORDER BY consumer_group, topic"); ResultSet row = statement.executeQuery()) {
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
                Instant.ofEpochMilli(row.getLong(9)), kept);
    }

    private <T> T call(String what, SqlWork<T> work) {
        try {
            return this.database.inAutoCommit(work);
        }
        catch (SQLException ex) {
            throw new ReliableMQException(
                    "Cannot " + what + " " + this.table + ": " + ex.getMessage() + ". Check the database.", ex);
        }
    }

}

package io.reliablemq.reconcile.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.SqlCall;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.Table;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupHistory;
import io.reliablemq.reconcile.GroupSubscription;
import org.jspecify.annotations.Nullable;

/**
 * Stores consumer groups in the table {@code reliable_mq_group}. The database's clock
 * tells the times.
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
                call("register in", () -> {
                    insert(group);
                    return update(group);
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

    private void insert(GroupSubscription group) throws SQLException {
        boolean unused = this.database
            .inAutoCommit((connection) -> find(connection, group, "") == null && insert(connection, group));
    }

    private boolean insert(Connection connection, GroupSubscription group) throws SQLException {
        String now = this.dialect.now();
        return this.database.sql("INSERT INTO " + this.table
                + " (subscription, filter_type, message_model, consume_mode, retention, cluster, consumer_group, topic,"
                + " expected_from, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, " + now + ", " + now + ")"
                + this.dialect.unlessExists("cluster, consumer_group, topic"))
            .insert(connection, (parameters) -> setKey(setValues(parameters, group), group));
    }

    /** The row is locked meanwhile: each instance goes on from what another has left. */
    private boolean update(GroupSubscription group) throws SQLException {
        return this.database.inOwnTransaction((connection) -> {
            Found found = find(connection, group, " FOR UPDATE");
            // If someone has deleted it just now, the next time registers it anew.
            return found != null && update(connection, found.group().renewed(group, found.now()));
        });
    }

    private boolean update(Connection connection, GroupSubscription group) throws SQLException {
        return this.database
            .sql("UPDATE " + this.table
                    + " SET subscription = ?, filter_type = ?, message_model = ?, consume_mode = ?, retention = ?,"
                    + " expected_from = ?, last_seen = ?, history = ?" + KEY)
            .update(connection,
                    (parameters) -> setKey(setValues(parameters, group).time(group.expectedFrom())
                        .time(group.lastSeen())
                        .text(group.history().toString()), group)) > 0;
    }

    private @Nullable Found find(Connection connection, GroupSubscription group, String lock) throws SQLException {
        return this.database.sql("SELECT " + COLUMNS + ", " + this.dialect.now() + " FROM " + this.table + KEY + lock)
            .first(connection, (parameters) -> setKey(parameters, group),
                    (row) -> new Found(group(row), Instant.ofEpochMilli(row.getLong(12))));
    }

    private static SqlParameters setValues(SqlParameters parameters, GroupSubscription group) throws SQLException {
        Duration retention = group.retention();
        return parameters.text(group.subscription())
            .text(group.filterType())
            .text(group.messageModel())
            .text(group.ordered() ? ORDERLY : "CONCURRENTLY")
            .number((retention != null) ? (Long) retention.toMillis() : null);
    }

    private static SqlParameters setKey(SqlParameters parameters, GroupSubscription group) throws SQLException {
        return parameters.text(group.cluster()).key(group.group()).text(group.topic());
    }

    @Override
    public List<GroupSubscription> groups() {
        return call("read", () -> this.database.inAutoCommit(this::read));
    }

    private List<GroupSubscription> read(Connection connection) throws SQLException {
        return this.database.sql("SELECT " + COLUMNS + " FROM " + this.table + " ORDER BY consumer_group, topic")
            .list(connection, Binding.NONE, this::group);
    }

    private GroupSubscription group(ResultSet row) throws SQLException {
        Long retention = MessageColumns.number(row, 10);
        Duration kept = (retention != null) ? Duration.ofMillis(retention) : null;
        String name = Objects.requireNonNullElse(this.dialect.getKey(row, 2), "");
        return new GroupSubscription(row.getString(1), name, row.getString(3), row.getString(4),
                Objects.requireNonNullElse(row.getString(5), GroupSubscription.TAG),
                Objects.requireNonNullElse(row.getString(6), GroupSubscription.CLUSTERING),
                ORDERLY.equals(row.getString(7)), false, Instant.ofEpochMilli(row.getLong(8)),
                Instant.ofEpochMilli(row.getLong(9)), kept, GroupHistory.parse(row.getString(11)));
    }

    private <T> T call(String what, SqlCall<T> call) {
        try {
            return call.get();
        }
        catch (SQLException ex) {
            throw new ReliableMQException(
                    "Cannot " + what + " " + this.table + ": " + ex.getMessage() + ". Check the database.", ex);
        }
    }

    /** A row, and the time. */
    private record Found(GroupSubscription group, Instant now) {
    }

}

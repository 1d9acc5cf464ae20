package io.reliablemq.id.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import javax.sql.DataSource;

import io.reliablemq.id.WorkerLease;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * SQL statements on worker ids, each in a transaction of its own.
 */
final class WorkerTable {

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_$.]*");

    private static final String NOBODY = "";

    /** The row of the table's id space: no worker has this number. */
    private static final int SPACE = -1;

    private static final int TIMEOUT_SECONDS = 5;

    private final DataSource dataSource;

    private final String name;

    WorkerTable(DataSource dataSource, String prefix) {
        this.dataSource = unwrap(dataSource);
        this.name = prefix + "worker";
        if (!NAME.matcher(this.name).matches()) {
            throw new IllegalArgumentException(
                    "The table prefix '" + prefix + "' is no SQL name: use letters, digits and underscores.");
        }
    }

    /** A transaction-aware proxy would hand out the caller's connection. */
    private static DataSource unwrap(DataSource dataSource) {
        if (dataSource instanceof TransactionAwareDataSourceProxy proxy && proxy.getTargetDataSource() != null) {
            return unwrap(proxy.getTargetDataSource());
        }
        return dataSource;
    }

    String name() {
        return this.name;
    }

    List<Row> findAll() throws SQLException {
        return execute("SELECT worker_id, owner, limit_ms FROM " + this.name, (statement) -> {
            List<Row> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    rows.add(new Row(result.getInt(1), result.getString(2), result.getLong(3), true));
                }
            }
            return rows;
        });
    }

    /** The one that was first stays. */
    String space(String proposal) throws SQLException {
        String known = findSpace();
        if (known == null && take(new Row(SPACE, NOBODY, 0, false), proposal, 0)) {
            return proposal;
        }
        known = (known != null) ? known : findSpace();
        if (known == null) {
            throw new SQLException("the row of the id space (worker_id " + SPACE + ") can neither be written nor read");
        }
        return known;
    }

    private @Nullable String findSpace() throws SQLException {
        List<String> found = execute("SELECT owner FROM " + this.name + " WHERE worker_id = ?", (statement) -> {
            statement.setInt(1, SPACE);
            try (ResultSet result = statement.executeQuery()) {
                return result.next() ? List.of(result.getString(1)) : List.of();
            }
        });
        return found.isEmpty() ? null : found.get(0);
    }

    /** Whether nobody was faster. */
    boolean take(Row row, String owner, long limit) throws SQLException {
        try {
            return row.exists() ? update(row, owner, limit) : insert(row, owner, limit);
        }
        catch (SQLException ex) {
            if (isConflict(ex)) {
                return false;
            }
            throw ex;
        }
    }

    private boolean insert(Row row, String owner, long limit) throws SQLException {
        return execute("INSERT INTO " + this.name + " (worker_id, owner, limit_ms) VALUES (?, ?, ?)", (statement) -> {
            statement.setInt(1, row.workerId());
            statement.setString(2, owner);
            statement.setLong(3, limit);
            return statement.executeUpdate() == 1;
        });
    }

    private boolean update(Row row, String owner, long limit) throws SQLException {
        return execute(
                "UPDATE " + this.name
                        + " SET owner = ?, limit_ms = ? WHERE worker_id = ? AND owner = ? AND limit_ms = ?",
                (statement) -> {
                    statement.setString(1, owner);
                    statement.setLong(2, limit);
                    statement.setInt(3, row.workerId());
                    statement.setString(4, row.owner());
                    statement.setLong(5, row.limit());
                    return statement.executeUpdate() == 1;
                });
    }

    boolean raiseLimit(WorkerLease lease, long limit) throws SQLException {
        boolean raised = execute(
                "UPDATE " + this.name + " SET limit_ms = ? WHERE worker_id = ? AND owner = ? AND limit_ms < ?",
                (statement) -> {
                    statement.setLong(1, limit);
                    statement.setInt(2, lease.workerId());
                    statement.setString(3, lease.owner());
                    statement.setLong(4, limit);
                    return statement.executeUpdate() == 1;
                });
        return raised || isAtLeast(lease, limit);
    }

    private boolean isAtLeast(WorkerLease lease, long limit) throws SQLException {
        return execute("SELECT limit_ms FROM " + this.name + " WHERE worker_id = ? AND owner = ?", (statement) -> {
            statement.setInt(1, lease.workerId());
            statement.setString(2, lease.owner());
            try (ResultSet result = statement.executeQuery()) {
                return result.next() && result.getLong(1) >= limit;
            }
        });
    }

    void release(WorkerLease lease, long limit) throws SQLException {
        execute("UPDATE " + this.name + " SET owner = ?, limit_ms = ? WHERE worker_id = ? AND owner = ?",
                (statement) -> {
                    statement.setString(1, NOBODY);
                    statement.setLong(2, limit);
                    statement.setInt(3, lease.workerId());
                    statement.setString(4, lease.owner());
                    return statement.executeUpdate();
                });
    }

    /** Integrity violation (the row exists by now) or serialization failure. */
    private static boolean isConflict(SQLException ex) {
        String state = ex.getSQLState();
        return state != null && (state.startsWith("23") || state.startsWith("40"));
    }

    private <T> T execute(String sql, Work<T> work) throws SQLException {
        try (Connection connection = this.dataSource.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            if (!autoCommit) {
                connection.setAutoCommit(true);
            }
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setQueryTimeout(TIMEOUT_SECONDS);
                return work.run(statement);
            }
            finally {
                if (!autoCommit) {
                    connection.setAutoCommit(false);
                }
            }
        }
    }

    interface Work<T> {

        T run(PreparedStatement statement) throws SQLException;

    }

    record Row(int workerId, String owner, long limit, boolean exists) {

        static Row unused(int workerId) {
            return new Row(workerId, NOBODY, 0, false);
        }

    }

}

package io.reliablemq.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A statement as text, with how long it may take. Each call prepares it on the given
 * connection, binds its parameters, runs it, reads all rows and closes it; the connection
 * and its transaction stay the caller's. Immutable.
 */
public final class SqlStatement {

    private final Dialect dialect;

    private final String text;

    private final int timeout;

    private final int fetchSize;

    private SqlStatement(Dialect dialect, String text, int timeout, int fetchSize) {
        this.dialect = dialect;
        this.text = text;
        this.timeout = timeout;
        this.fetchSize = fetchSize;
    }

    SqlStatement(Dialect dialect, String text) {
        this(dialect, text, 0, 0);
    }

    /**
     * As many question marks.
     * @param count how many, at least 1
     * @return parameters in parentheses, separated by commas
     */
    public static String marks(int count) {
        return "(?" + ", ?".repeat(count - 1) + ")";
    }

    /**
     * An INSERT, UPDATE or DELETE that waits for locks of others for a bounded time and
     * then fails with a {@link SqlFailure#LOCK_CONFLICT}. It stays one statement, and
     * nothing about the session changes for the statements that follow.
     * <p>
     * MariaDB: {@code SET STATEMENT innodb_lock_wait_timeout}. PostgreSQL and MySQL: the
     * driver cancels the statement (its own {@code setQueryTimeout}), so the bound is on
     * the whole statement and the driver needs one more connection at that moment. H2:
     * the database's {@code LOCK_TIMEOUT} decides (2 s unless the URL says otherwise),
     * because {@code setQueryTimeout} changes the session and does not end a lock wait.
     * @param seconds longest wait, at least 1
     * @return the bounded statement
     */
    public SqlStatement waitingAtMost(int seconds) {
        return bounded(
                (this.dialect == Dialect.MARIADB)
                        ? "SET STATEMENT innodb_lock_wait_timeout=" + seconds + " FOR " + this.text : this.text,
                seconds);
    }

    /**
     * A SELECT that sees what others have committed last, whatever the isolation level,
     * or fails with a {@link SqlFailure#LOCK_CONFLICT}. The wait is bounded as in
     * {@link #waitingAtMost}.
     * <p>
     * MariaDB and MySQL: a shared lock, because a plain SELECT answers from the snapshot
     * that the transaction took earlier. PostgreSQL and H2: no lock; at READ COMMITTED
     * each statement sees the latest, and above it the write that follows fails.
     * @param seconds longest wait, at least 1
     * @return the reading statement
     */
    public SqlStatement currentRead(int seconds) {
        return bounded(switch (this.dialect) {
            case MARIADB -> this.text + " LOCK IN SHARE MODE WAIT " + seconds;
            case MYSQL -> this.text + " LOCK IN SHARE MODE";
            case H2, POSTGRESQL -> this.text;
        }, seconds);
    }

    /**
     * A SELECT that locks its rows for the transaction, or fails with a
     * {@link SqlFailure#LOCK_CONFLICT}. The wait is bounded as in {@link #waitingAtMost}.
     * @param seconds longest wait, at least 1
     * @return the locking statement
     */
    public SqlStatement lockingRead(int seconds) {
        return bounded(this.text + " FOR UPDATE" + ((this.dialect == Dialect.MARIADB) ? " WAIT " + seconds : ""),
                seconds);
    }

    private SqlStatement bounded(String bounded, int seconds) {
        boolean byDriver = this.dialect == Dialect.POSTGRESQL || this.dialect == Dialect.MYSQL;
        return new SqlStatement(this.dialect, bounded, byDriver ? seconds : this.timeout, this.fetchSize);
    }

    /**
     * A statement that the driver cancels, on every database.
     * @param seconds longest time, at least 1
     * @return the bounded statement
     */
    public SqlStatement timeout(int seconds) {
        return new SqlStatement(this.dialect, this.text, seconds, this.fetchSize);
    }

    /**
     * A SELECT whose rows the driver fetches together.
     * @param rows how many
     * @return the SELECT
     */
    public SqlStatement fetchSize(int rows) {
        return new SqlStatement(this.dialect, this.text, this.timeout, rows);
    }

    /**
     * Runs an INSERT, UPDATE or DELETE.
     * @return how many rows
     */
    public int update(Connection connection, Binding binding) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.text)) {
            binding.set(parameters(statement));
            return statement.executeUpdate();
        }
    }

    /**
     * Runs an INSERT of one row that ends in {@link Dialect#unlessExists}.
     * @return {@code false} if a row with its key exists
     */
    public boolean insert(Connection connection, Binding binding) throws SQLException {
        try {
            // Without ON CONFLICT the statement has inserted, or thrown.
            return update(connection, binding) > 0 || !this.dialect.errorsAbortTransactions();
        }
        catch (SQLException ex) {
            if (this.dialect.errorsAbortTransactions() || this.dialect.classify(ex) != SqlFailure.DUPLICATE_KEY) {
                throw ex;
            }
            return false;
        }
    }

    /**
     * Runs an INSERT, UPDATE or DELETE several times in one batch.
     * @return how many rows, each
     */
    public int[] batch(Connection connection, int count, BatchBinding binding) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.text)) {
            SqlParameters parameters = parameters(statement);
            for (int i = 0; i < count; i++) {
                binding.set(parameters.fromTheFirst(), i);
                statement.addBatch();
            }
            return statement.executeBatch();
        }
    }

    /**
     * Runs a SELECT, or an UPDATE that returns rows.
     * @param <T> what a row becomes
     * @return what the rows became, in order; changeable
     */
    public <T> List<T> list(Connection connection, Binding binding, RowReader<T> reader) throws SQLException {
        List<T> all = new ArrayList<>();
        each(connection, binding, (row) -> all.add(reader.read(row)));
        return all;
    }

    /**
     * Runs a SELECT of at most one row.
     * @param <T> what the row becomes
     * @return what it became; {@code null} if there is none
     */
    public <T> @Nullable T first(Connection connection, Binding binding, RowReader<T> reader) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.text)) {
            binding.set(parameters(statement));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? reader.read(row) : null;
            }
        }
    }

    /**
     * Runs a SELECT of one row with one number.
     * @return the number; {@code null} if there is no row
     */
    public @Nullable Long number(Connection connection, Binding binding) throws SQLException {
        return first(connection, binding, (row) -> row.getLong(1));
    }

    /**
     * Runs a SELECT, or an UPDATE that returns rows.
     */
    public void each(Connection connection, Binding binding, RowConsumer consumer) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.text)) {
            binding.set(parameters(statement));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    consumer.accept(row);
                }
            }
        }
    }

    private SqlParameters parameters(PreparedStatement statement) throws SQLException {
        if (this.timeout > 0) {
            statement.setQueryTimeout(this.timeout);
        }
        if (this.fetchSize > 0) {
            statement.setFetchSize(this.fetchSize);
        }
        return new SqlParameters(this.dialect, statement);
    }

    /** Sets the parameters of a statement, in order. */
    @FunctionalInterface
    public interface Binding {

        /** For a statement without parameters. */
        Binding NONE = (parameters) -> {
        };

        void set(SqlParameters parameters) throws SQLException;

    }

    /** Sets the parameters of a statement of a batch, numbered from 0. */
    @FunctionalInterface
    public interface BatchBinding {

        void set(SqlParameters parameters, int number) throws SQLException;

    }

    /**
     * Reads the row that a result set is on.
     *
     * @param <T> what the row becomes
     */
    @FunctionalInterface
    public interface RowReader<T> {

        T read(ResultSet row) throws SQLException;

    }

    /** Takes the row that a result set is on. */
    @FunctionalInterface
    public interface RowConsumer {

        void accept(ResultSet row) throws SQLException;

    }

}

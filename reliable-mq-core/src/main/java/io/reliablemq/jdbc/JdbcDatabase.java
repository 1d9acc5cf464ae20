package io.reliablemq.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.ReliableMQException;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * A database that holds the library's tables.
 *
 * @param dataSource where connections come from; of a
 * {@link TransactionAwareDataSourceProxy} its target, as transaction managers do
 * @param dialect which database it is
 * @param tables names of the tables
 */
public record JdbcDatabase(DataSource dataSource, Dialect dialect, Tables tables) {

    /**
     * Unwraps the DataSource.
     */
    public JdbcDatabase {
        if (dataSource instanceof TransactionAwareDataSourceProxy proxy && proxy.getTargetDataSource() != null) {
            dataSource = proxy.getTargetDataSource();
        }
    }

    /**
     * Asks a database which one it is.
     * @param dataSource the application's DataSource
     * @param tables names of the tables
     * @return the database
     * @throws InvalidConfigurationException if it is not supported
     * @throws ReliableMQException if it cannot be reached
     */
    public static JdbcDatabase detect(DataSource dataSource, Tables tables) {
        try (Connection connection = dataSource.getConnection()) {
            return new JdbcDatabase(dataSource, Dialect.of(connection.getMetaData()), tables);
        }
        catch (SQLException ex) {
            throw new ReliableMQException("Cannot find out which database holds the tables of reliable-mq, because it "
                    + "cannot be reached: check its URL and that it is up.", ex);
        }
    }

    /**
     * Asks a driver whether it can set savepoints.
     * @param dataSource the application's DataSource
     * @return what the driver says
     * @throws ReliableMQException if the database cannot be reached
     */
    public static boolean supportsSavepoints(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            return connection.getMetaData().supportsSavepoints();
        }
        catch (SQLException ex) {
            throw new ReliableMQException(
                    "Cannot find out whether the database can set savepoints, because it cannot be"
                            + " reached: check its URL and that it is up.",
                    ex);
        }
    }

    /**
     * Name of a table.
     * @param table the table
     * @return its name with the prefix
     */
    public String name(Table table) {
        return this.tables.name(table);
    }

    /**
     * A statement for this database.
     * @param text its text
     * @return the statement
     */
    public SqlStatement sql(String text) {
        return new SqlStatement(this.dialect, text);
    }

    /**
     * Does something on a connection of its own where each statement commits itself; the
     * caller's transaction is not joined. Works if the pool's connections are not in
     * auto-commit mode (at the cost of two settings per call).
     * @param <T> the result
     * @param work what to do
     * @return the result of the work
     * @throws SQLException if there is no connection or a statement fails; that of a
     * statement quotes none of its values
     */
    public <T> T inAutoCommit(SqlWork<T> work) throws SQLException {
        try (Connection connection = this.dataSource.getConnection()) {
            return withAutoCommit(connection, true, discreet(work));
        }
    }

    /**
     * Does something in a transaction and on a connection of its own; the caller's
     * transaction is not joined. Rolled back if the work throws.
     * @param <T> the result
     * @param work what to do
     * @return the result of the work, committed
     * @throws SQLException if there is no connection or a statement or the commit fails;
     * that of a statement quotes none of its values
     */
    public <T> T inOwnTransaction(SqlWork<T> work) throws SQLException {
        try (Connection connection = this.dataSource.getConnection()) {
            return withAutoCommit(connection, false, (con) -> {
                T result = orRollBack(con, discreet(work));
                con.commit();
                return result;
            });
        }
    }

    /** What comes of a statement is logged, or handed to the application. */
    private static <T> SqlWork<T> discreet(SqlWork<T> work) {
        return (connection) -> {
            try {
                return work.on(connection);
            }
            catch (SQLException ex) {
                throw DiscreetSqlException.of(ex);
            }
        };
    }

    private static <T> T orRollBack(Connection connection, SqlWork<T> work) throws SQLException {
        try {
            return work.on(connection);
        }
        catch (SQLException | RuntimeException | Error ex) {
            try {
                connection.rollback();
            }
            catch (SQLException rollback) {
                ex.addSuppressed(rollback);
            }
            throw ex;
        }
    }

    private static <T> T withAutoCommit(Connection connection, boolean wanted, SqlWork<T> work) throws SQLException {
        boolean usual = connection.getAutoCommit();
        if (usual == wanted) {
            return work.on(connection);
        }
        connection.setAutoCommit(wanted);
        T result;
        try {
            result = work.on(connection);
        }
        catch (SQLException | RuntimeException | Error ex) {
            try {
                connection.setAutoCommit(usual);
            }
            catch (SQLException restore) {
                ex.addSuppressed(restore);
            }
            throw ex;
        }
        connection.setAutoCommit(usual);
        return result;
    }

}

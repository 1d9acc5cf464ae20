package io.reliablemq.jdbc;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * The supported databases and what is different about each.
 */
public enum Dialect {

    /** H2 2.x, in any compatibility mode. */
    H2("h2", "CAST(FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000) AS BIGINT)"),

    /** PostgreSQL 12 or later. */
    POSTGRESQL("postgresql", "CAST(FLOOR(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000) AS BIGINT)"),

    /** MariaDB 10.6 or later, with either driver. */
    MARIADB("mariadb", Dialect.MYSQL_NOW),

    /** MySQL 8.0 or later, with either driver. */
    MYSQL("mysql", Dialect.MYSQL_NOW);

    // From UTC_TIMESTAMP, since UNIX_TIMESTAMP(NOW(3)) goes through the session's time
    // zone and is an hour off when daylight saving time ends.
    private static final String MYSQL_NOW = "(TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)";

    private final String id;

    private final String now;

    Dialect(String id, String now) {
        this.id = id;
        this.now = now;
    }

    /**
     * Tells which database a connection leads to, by what the server says about itself:
     * the drivers of MySQL and MariaDB can each be used with the other's server.
     * @param metaData of an open connection
     * @return the dialect
     * @throws SQLException if the driver cannot tell
     * @throws InvalidConfigurationException if the database, or its version, is not
     * supported
     */
    public static Dialect of(DatabaseMetaData metaData) throws SQLException {
        String version = metaData.getDatabaseProductVersion();
        return SupportedVersions.check(of(metaData.getDatabaseProductName(), version), version);
    }

    static Dialect of(@Nullable String product, @Nullable String version) {
        String name = (product != null) ? product.trim().toLowerCase(Locale.ROOT) : "";
        boolean saysMariaDb = version != null && version.toLowerCase(Locale.ROOT).contains("mariadb");
        return switch (name) {
            case "h2" -> H2;
            case "postgresql" -> POSTGRESQL;
            case "mariadb" -> MARIADB;
            case "mysql" -> saysMariaDb ? MARIADB : MYSQL;
            default -> throw new InvalidConfigurationException(
                    "The database '" + product + "' is not supported: its tables and locks are unknown.",
                    "Use H2, PostgreSQL, MariaDB or MySQL for reliable-mq (another DataSource can be named by "
                            + "reliable-mq.jdbc.data-source), or keep the records in Redis "
                            + "(reliable-mq.idempotency.store: redis).");
        };
    }

    /**
     * Where the DDL is.
     * @return a location on the class path
     */
    public String schemaLocation() {
        return "io/reliablemq/jdbc/schema-" + this.id + ".sql";
    }

    /**
     * The database's time, whatever the session's time zone.
     * <p>
     * PostgreSQL: when the expression is evaluated. MariaDB and MySQL: when the statement
     * began. H2: when the transaction first asked for the time.
     * @return a SQL expression of type BIGINT, in milliseconds since 1970 (UTC)
     */
    public String now() {
        return this.now;
    }

    /**
     * A column where it leads an index that is for ranges only. PostgreSQL may keep a
     * plan that it made for a table without rows, in which all indexes that begin with
     * the key's first column look alike; so there such an index begins with an
     * expression, and a look-up by key can only take the key's own.
     * @param column a text column
     * @return a SQL expression of the same value
     */
    public String rangeKey(String column) {
        return (this == POSTGRESQL) ? "(" + column + " || '')" : column;
    }

    /**
     * The database's time when the statement began: what it is compared with can be found
     * by an index, which PostgreSQL refuses for a time that changes under way.
     * @return a SQL expression like that of {@link #now()}
     */
    public String statementTime() {
        return (this == POSTGRESQL) ? this.now.replace("CLOCK_TIMESTAMP()", "STATEMENT_TIMESTAMP()") : this.now;
    }

    /**
     * The database's time when the statement began, also late in a long transaction of
     * somebody else, where H2's {@link #now()} is that of its beginning.
     * <p>
     * H2 tells it in its present information schema only, not in that of
     * {@code OLD_INFORMATION_SCHEMA}.
     * @return a SQL expression like that of {@link #now()}
     */
    public String timeWithinTransaction() {
        return (this == H2) ? "(SELECT " + this.now.replace("CURRENT_TIMESTAMP", "EXECUTING_STATEMENT_START")
                + " FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID())" : this.now;
    }

    /**
     * Whether {@code INSERT … ON CONFLICT DO NOTHING} must be used where a duplicate is
     * expected: an error would abort the whole transaction.
     * @return {@code true} for PostgreSQL
     */
    public boolean errorsAbortTransactions() {
        return this == POSTGRESQL;
    }

    /**
     * Whether this is MariaDB or MySQL.
     * @return {@code true} for both
     */
    public boolean isMySqlFamily() {
        return this == MARIADB || this == MYSQL;
    }

    /**
     * Prepares a statement that waits for locks of others for a bounded time and then
     * fails with a {@link SqlFailure#LOCK_CONFLICT}. It stays one statement, and nothing
     * about the session changes for the statements that follow.
     * <p>
     * MariaDB: {@code SET STATEMENT innodb_lock_wait_timeout}. PostgreSQL and MySQL: the
     * driver cancels the statement (its own {@code setQueryTimeout}), so the bound is on
     * the whole statement and the driver needs one more connection at that moment. H2:
     * the database's {@code LOCK_TIMEOUT} decides (2 s unless the URL says otherwise),
     * because {@code setQueryTimeout} changes the session and does not end a lock wait.
     * @param connection an open connection
     * @param sql an INSERT, UPDATE or DELETE
     * @param seconds longest wait, at least 1
     * @return the statement
     * @throws SQLException if it cannot be prepared
     */
    public PreparedStatement prepareWaitingAtMost(Connection connection, String sql, int seconds) throws SQLException {
        String bounded = (this == MARIADB) ? "SET STATEMENT innodb_lock_wait_timeout=" + seconds + " FOR " + sql : sql;
        return withQueryTimeout(connection.prepareStatement(bounded), seconds);
    }

    /**
     * Prepares a SELECT that sees what others have committed last, whatever the isolation
     * level, or fails with a {@link SqlFailure#LOCK_CONFLICT}. The wait is bounded as in
     * {@link #prepareWaitingAtMost}.
     * <p>
     * MariaDB and MySQL: a shared lock, because a plain SELECT answers from the snapshot
     * that the transaction took earlier. PostgreSQL and H2: no lock; at READ COMMITTED
     * each statement sees the latest, and above it the write that follows fails.
     * @param connection an open connection
     * @param sql the SELECT
     * @param seconds longest wait, at least 1
     * @return the statement
     * @throws SQLException if it cannot be prepared
     */
    public PreparedStatement prepareCurrentRead(Connection connection, String sql, int seconds) throws SQLException {
        String current = switch (this) {
            case MARIADB -> sql + " LOCK IN SHARE MODE WAIT " + seconds;
            case MYSQL -> sql + " LOCK IN SHARE MODE";
            case H2, POSTGRESQL -> sql;
        };
        return withQueryTimeout(connection.prepareStatement(current), seconds);
    }

    /**
     * Prepares a SELECT that locks its rows for the transaction, or fails with a
     * {@link SqlFailure#LOCK_CONFLICT}. The wait is bounded as in
     * {@link #prepareWaitingAtMost}.
     * @param connection a connection in a transaction
     * @param sql the SELECT
     * @param seconds longest wait, at least 1
     * @return the statement
     * @throws SQLException if it cannot be prepared
     */
    public PreparedStatement prepareLockingRead(Connection connection, String sql, int seconds) throws SQLException {
        String locking = sql + " FOR UPDATE" + ((this == MARIADB) ? " WAIT " + seconds : "");
        return withQueryTimeout(connection.prepareStatement(locking), seconds);
    }

    private PreparedStatement withQueryTimeout(PreparedStatement statement, int seconds) throws SQLException {
        if (this == POSTGRESQL || this == MYSQL) {
            statement.setQueryTimeout(seconds);
        }
        return statement;
    }

    /**
     * Deletes some rows of a table.
     * @param table name of the table
     * @param condition a SQL condition
     * @param order column to go by, oldest first; indexed
     * @return a statement whose last parameter, after those of the condition, is the most
     * rows to delete
     */
    public String deleteSome(String table, String condition, String order) {
        return switch (this) {
            case POSTGRESQL -> "DELETE FROM " + table + " WHERE ctid = ANY (ARRAY (SELECT ctid FROM " + table
                    + " WHERE " + condition + " ORDER BY " + order + " LIMIT ? FOR UPDATE SKIP LOCKED))";
            case H2 -> "DELETE FROM " + table + " WHERE " + condition + " FETCH FIRST ? ROWS ONLY";
            case MARIADB, MYSQL -> "DELETE FROM " + table + " WHERE " + condition + " ORDER BY " + order + " LIMIT ?";
        };
    }

    /**
     * Sets a parameter for a column that is compared byte by byte (group, identity).
     * @param statement the statement
     * @param index the parameter's index, from 1
     * @param value the value
     * @throws SQLException if the driver refuses it
     */
    public void setKey(PreparedStatement statement, int index, String value) throws SQLException {
        if (isMySqlFamily()) {
            statement.setBytes(index, value.getBytes(StandardCharsets.UTF_8));
        }
        else {
            statement.setString(index, value);
        }
    }

    /**
     * Reads a column that is compared byte by byte.
     * @param row a result set on a row
     * @param column the column's index, from 1
     * @return the value; {@code null} if the column is
     * @throws SQLException if the driver cannot read it
     */
    public @Nullable String getKey(ResultSet row, int column) throws SQLException {
        if (isMySqlFamily()) {
            byte[] bytes = row.getBytes(column);
            return (bytes != null) ? new String(bytes, StandardCharsets.UTF_8) : null;
        }
        return row.getString(column);
    }

    /**
     * Says what an exception of one of our own statements means.
     * @param failure the driver's exception
     * @return the meaning
     */
    public SqlFailure classify(SQLException failure) {
        return switch (this) {
            case H2 -> SqlFailures.h2(failure);
            case POSTGRESQL -> SqlFailures.postgresql(failure);
            case MARIADB, MYSQL -> SqlFailures.mySql(failure);
        };
    }

}

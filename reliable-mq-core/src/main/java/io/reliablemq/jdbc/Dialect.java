package io.reliablemq.jdbc;

import java.nio.charset.StandardCharsets;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

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
     * @return locations on the class path, in the order to run them in
     */
    public List<String> schemaLocations() {
        return Stream.of((this == MARIADB) ? MYSQL : this, this)
            .distinct()
            .map((dialect) -> "io/reliablemq/jdbc/schema-" + dialect.id + ".sql")
            .toList();
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
     * A query for the database's time, also late in a transaction, where {@link #now()}
     * is the time of the transaction's beginning: H2. It tells the time in its present
     * information schema only, not in that of {@code OLD_INFORMATION_SCHEMA}.
     * <p>
     * H2 2.3.232 looks at all sessions for that, and fails with a {@code General error}
     * if another one ends its transaction meanwhile. So it is to be repeated.
     * @return a SELECT of one number; {@code null} where {@link #now()} goes on in a
     * transaction
     */
    public @Nullable String timeWithinTransaction() {
        return (this == H2) ? "SELECT " + this.now.replace("CURRENT_TIMESTAMP", "EXECUTING_STATEMENT_START")
                + " FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID()" : null;
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
     * Lets an INSERT of a row that exists do nothing, or fail with a
     * {@link SqlFailure#DUPLICATE_KEY} where that does no harm; see
     * {@link SqlStatement#insert}.
     * @param key the columns of the key
     * @return the end of an INSERT
     */
    public String unlessExists(String key) {
        return errorsAbortTransactions() ? " ON CONFLICT (" + key + ") DO NOTHING" : "";
    }

    /**
     * Whether this is MariaDB or MySQL.
     * @return {@code true} for both
     */
    public boolean isMySqlFamily() {
        return this == MARIADB || this == MYSQL;
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

    /** Sets a parameter for a column that is compared byte by byte (group, identity). */
    void setKey(PreparedStatement statement, int index, String value) throws SQLException {
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

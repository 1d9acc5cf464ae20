package io.reliablemq.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.ReliableMQException;

/**
 * Creates the tables, and checks at start-up that they are there.
 */
public final class JdbcSchema {

    private static final int CREATE_ATTEMPTS = 5;

    // SQLStates of a table, or its schema, that does not exist: PostgreSQL (42P01,
    // 3F000);
    // MariaDB and MySQL (42S02); H2, which tells by the state whether it knows others.
    private static final Set<String> NO_SUCH_TABLE = Set.of("42P01", "3F000", "42S02", "42S03", "42S04", "90079");

    private static final String IGNORES_CASE = "VARCHAR_IGNORECASE";

    private static final int UNKNOWN_DATABASE = 1049;

    private final JdbcDatabase database;

    /**
     * Creates it without connecting.
     * @param database which database, and the names of the tables
     */
    public JdbcSchema(JdbcDatabase database) {
        this.database = database;
    }

    /**
     * Creates the tables and indexes that are missing; nothing happens if all are there.
     * Several instances may do this at the same time. Existing tables are not changed.
     * @throws ReliableMQException if a statement fails, for example for lack of rights
     */
    public void create() {
        try {
            if (!findMissing().isEmpty()) {
                if (this.database.dialect() == Dialect.POSTGRESQL) {
                    this.database.inOwnTransaction(this::createInOneTransaction);
                }
                else {
                    this.database.inAutoCommit(this::createOneByOne);
                }
            }
        }
        catch (SQLException ex) {
            throw new ReliableMQException("Cannot create the tables of reliable-mq. Give the application's database "
                    + "user the right to, or run " + script() + " as another user and set "
                    + "reliable-mq.jdbc.initialize-schema to never.", ex);
        }
    }

    /**
     * Checks that every table has every column.
     * @throws InvalidConfigurationException naming each table and column that is missing
     * @throws ReliableMQException if the database cannot be asked
     */
    public void validate() {
        List<String> missing;
        try {
            missing = findMissing();
        }
        catch (SQLException ex) {
            throw new ReliableMQException("Cannot check the tables of reliable-mq: check that the database is up and "
                    + "that its user may read them.", ex);
        }
        if (!missing.isEmpty()) {
            throw new InvalidConfigurationException(
                    "The database lacks what reliable-mq needs: " + String.join(", ", missing) + ".",
                    "Run " + script()
                            + ", or let the application do it with reliable-mq.jdbc.initialize-schema: always (it "
                            + "creates missing tables, but changes none that exists).");
        }
    }

    /**
     * The DDL with the names of the tables in place.
     * @return the statements, in order
     */
    public List<String> statements() {
        String sql = this.database.dialect()
            .schemaLocations()
            .stream()
            .flatMap((location) -> read(location).lines())
            .filter((line) -> !line.startsWith("--"))
            .collect(Collectors.joining("\n"));
        Tables tables = this.database.tables();
        if (this.database.dialect() == Dialect.POSTGRESQL) {
            sql = sql.replace("INDEX IF NOT EXISTS " + Tables.DEFAULT_PREFIX,
                    "INDEX IF NOT EXISTS @" + tables.unqualifiedPrefix());
        }
        sql = sql.replaceAll("(?<!@)\\b" + Tables.DEFAULT_PREFIX, tables.prefix()).replace("@", "");
        return Arrays.stream(sql.split(";")).map(String::strip).filter((statement) -> !statement.isEmpty()).toList();
    }

    private String script() {
        String prefix = this.database.tables().prefix();
        String hint = prefix.equals(Tables.DEFAULT_PREFIX) ? ""
                : " (with '" + prefix + "' in place of '" + Tables.DEFAULT_PREFIX + "')";
        return "classpath:" + String.join(" and then classpath:", this.database.dialect().schemaLocations()) + hint;
    }

    // All or nothing, one instance at a time: CREATE … IF NOT EXISTS alone is not safe
    // against another one doing the same.
    private boolean createInOneTransaction(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_xact_lock(" + 0x72656c6961626c65L + ")");
            for (String sql : statements()) {
                statement.execute(sql);
            }
        }
        return true;
    }

    private boolean createOneByOne(Connection connection) throws SQLException {
        for (String sql : statements()) {
            createOne(connection, sql);
        }
        return true;
    }

    // Another instance may be creating the same: then it exists the next time.
    private static void createOne(Connection connection, String sql) throws SQLException {
        new ConflictRetries(CREATE_ATTEMPTS, Duration.ofDays(1), (failure) -> true).call(() -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    private List<String> findMissing() throws SQLException {
        return this.database.inAutoCommit((connection) -> {
            List<String> missing = new ArrayList<>();
            for (Table table : Table.values()) {
                addMissing(connection, table, missing);
            }
            if (this.database.dialect() == Dialect.MARIADB) {
                addMissingSequence(connection, missing);
            }
            return missing;
        });
    }

    private void addMissing(Connection connection, Table table, List<String> missing) throws SQLException {
        String name = this.database.name(table);
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM " + name + " WHERE 1 = 0")) {
            Map<String, String> types = columnTypes(rows.getMetaData());
            for (String column : table.columns()) {
                if (!types.containsKey(column)) {
                    missing.add("column " + name + "." + column);
                }
                else if (IGNORES_CASE.equals(types.get(column))) {
                    missing.add("column " + name + "." + column + " that does not ignore case (create it without "
                            + "IGNORECASE)");
                }
            }
        }
        catch (SQLException ex) {
            requireUnknown(ex);
            missing.add("table " + name);
        }
    }

    /** MariaDB keeps a sequence as a table. */
    private void addMissingSequence(Connection connection, List<String> missing) throws SQLException {
        String name = this.database.tables().prefix() + "outbox_sequence";
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT next_not_cached_value FROM " + name + " WHERE 1 = 0").close();
        }
        catch (SQLException ex) {
            requireUnknown(ex);
            missing.add("sequence " + name);
        }
    }

    private static void requireUnknown(SQLException failure) throws SQLException {
        if (!NO_SUCH_TABLE.contains(failure.getSQLState()) && failure.getErrorCode() != UNKNOWN_DATABASE) {
            throw failure;
        }
    }

    private static Map<String, String> columnTypes(ResultSetMetaData metaData) throws SQLException {
        Map<String, String> types = new HashMap<>();
        for (int i = 1; i <= metaData.getColumnCount(); i++) {
            types.put(metaData.getColumnName(i).toLowerCase(Locale.ROOT), metaData.getColumnTypeName(i));
        }
        return types;
    }

    private static String read(String location) {
        try (InputStream in = JdbcSchema.class.getClassLoader().getResourceAsStream(location)) {
            if (in == null) {
                throw new IllegalStateException(location + " is not on the class path.");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        catch (IOException ex) {
            throw new IllegalStateException(location + " cannot be read.", ex);
        }
    }

}

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;

/**
 * Deletes old rows of a ledger and notes, in the same transaction, up to when rows are
 * missing now: reconciliation must not take what is not there for all there was. The
 * retention of a row counts from when its message was settled, was due and was last sent
 * again, whichever is latest, and not from when it was stored.
 */
final class LedgerPurge {

    private final Dialect dialect;

    private final Table ledger;

    private final String find;

    private final String delete;

    private final String raise;

    private final String insert;

    /**
     * Prepares the statements.
     * @param database the database with the tables
     * @param ledger the table
     * @param condition which of its rows may go, and after that {@code AND}; or nothing
     * @param time the column that windows go by; indexed
     * @param settled when a message was settled: an expression
     */
    LedgerPurge(JdbcDatabase database, Table ledger, String condition, String time, String settled) {
        this.dialect = database.dialect();
        this.ledger = ledger;
        String old = " < " + this.dialect.statementTime() + " - ?";
        this.find = "SELECT row_id, " + time + " FROM " + database.name(ledger) + " WHERE " + condition + time + old
                + " AND GREATEST(" + settled + ", COALESCE(deliver_at, 0), COALESCE(last_resent_at, 0))" + old
                + " ORDER BY " + time + " LIMIT ? FOR UPDATE SKIP LOCKED";
        this.delete = "DELETE FROM " + database.name(ledger) + " WHERE row_id IN (";
        String purge = database.name(Table.PURGE);
        this.raise = "UPDATE " + purge + " SET purged_to = GREATEST(purged_to, ?) WHERE ledger = ?";
        String values = " INTO " + purge + " (purged_to, ledger) ";
        this.insert = switch (this.dialect) {
            case H2 -> "MERGE" + values + "KEY (ledger) VALUES (?, ?)";
            case POSTGRESQL -> "INSERT" + values + "VALUES (?, ?) ON CONFLICT DO NOTHING";
            case MARIADB, MYSQL -> "INSERT IGNORE" + values + "VALUES (?, ?)";
        };
    }

    /**
     * Deletes some rows.
     * @param connection a connection at the beginning of a transaction
     * @param retention how long rows are kept
     * @param limit most rows
     * @return how many rows were deleted
     */
    int run(Connection connection, Duration retention, int limit) throws SQLException {
        List<Long> rows = new ArrayList<>();
        long last = 0;
        try (PreparedStatement statement = connection.prepareStatement(this.find)) {
            statement.setLong(1, retention.toMillis());
            statement.setLong(2, retention.toMillis());
            statement.setInt(3, limit);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(row.getLong(1));
                    last = Math.max(last, row.getLong(2));
                }
            }
        }
        if (rows.isEmpty()) {
            return 0;
        }
        note(connection, last);
        try (PreparedStatement statement = connection
            .prepareStatement(this.delete + String.join(", ", Collections.nCopies(rows.size(), "?")) + ")")) {
            int index = 1;
            for (long row : rows) {
                statement.setLong(index++, row);
            }
            return statement.executeUpdate();
        }
    }

    private void note(Connection connection, long last) throws SQLException {
        if (!note(connection, this.raise, last)) {
            boolean unused = note(connection, this.insert, last);
            // Another instance may have been the first.
            unused = note(connection, this.raise, last);
        }
    }

    private boolean note(Connection connection, String sql, long last) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, last);
            statement.setString(2, this.ledger.suffix());
            return statement.executeUpdate() > 0;
        }
    }

    /**
     * For the transaction that begins now. MariaDB and MySQL lock the gaps between rows
     * otherwise, and transactions that insert there would have to wait.
     */
    static void lockOnlyWhatIsFound(Dialect dialect, Connection connection) throws SQLException {
        if (dialect.isMySqlFamily()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
            }
        }
    }

}

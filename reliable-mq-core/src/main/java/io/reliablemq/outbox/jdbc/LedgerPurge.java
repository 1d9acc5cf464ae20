package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;

/**
 * Deletes old rows of a ledger and notes, in the same transaction, up to when rows are
 * missing now: reconciliation must not take what is not there for all there was. The
 * retention of a row counts from when its message was settled, was due and was last sent
 * again, whichever is latest, and not from when it was stored.
 */
final class LedgerPurge {

    private final JdbcDatabase database;

    private final Table ledger;

    private final SqlStatement find;

    private final String delete;

    private final SqlStatement raise;

    private final SqlStatement insert;

    /**
     * Prepares the statements.
     * @param database the database with the tables
     * @param ledger the table
     * @param condition which of its rows may go, and after that {@code AND}; or nothing
     * @param time the column that windows go by; indexed
     * @param settled when a message was settled: an expression
     */
    LedgerPurge(JdbcDatabase database, Table ledger, String condition, String time, String settled) {
        this.database = database;
        Dialect dialect = database.dialect();
        this.ledger = ledger;
        String old = " < " + dialect.statementTime() + " - ?";
        this.find = database.sql("SELECT row_id, " + time + " FROM " + database.name(ledger) + " WHERE " + condition
                + time + old + " AND GREATEST(" + settled + ", COALESCE(deliver_at, 0), COALESCE(last_resent_at, 0))"
                + old + " ORDER BY " + time + " LIMIT ? FOR UPDATE SKIP LOCKED");
        this.delete = "DELETE FROM " + database.name(ledger) + " WHERE row_id IN ";
        String purge = database.name(Table.PURGE);
        this.raise = database.sql("UPDATE " + purge + " SET purged_to = GREATEST(purged_to, ?) WHERE ledger = ?");
        String values = " INTO " + purge + " (purged_to, ledger) ";
        this.insert = database.sql(switch (dialect) {
            case H2 -> "MERGE" + values + "KEY (ledger) VALUES (?, ?)";
            case POSTGRESQL -> "INSERT" + values + "VALUES (?, ?) ON CONFLICT DO NOTHING";
            case MARIADB, MYSQL -> "INSERT IGNORE" + values + "VALUES (?, ?)";
        });
    }

    /**
     * Deletes some rows.
     * @param connection a connection at the beginning of a transaction
     * @param retention how long rows are kept
     * @param limit most rows
     * @return how many rows were deleted
     */
    int run(Connection connection, Duration retention, int limit) throws SQLException {
        List<Old> rows = this.find.list(connection,
                (parameters) -> parameters.number(retention.toMillis()).number(retention.toMillis()).number(limit),
                (row) -> new Old(row.getLong(1), row.getLong(2)));
        if (rows.isEmpty()) {
            return 0;
        }
        note(connection, rows.stream().mapToLong(Old::time).reduce(0, Math::max));
        return this.database.sql(this.delete + SqlStatement.marks(rows.size()))
            .update(connection, (parameters) -> parameters.numbers(rows.stream().map(Old::rowId).toList()));
    }

    private void note(Connection connection, long last) throws SQLException {
        if (!note(connection, this.raise, last)) {
            boolean unused = note(connection, this.insert, last);
            // Another instance may have been the first.
            unused = note(connection, this.raise, last);
        }
    }

    private boolean note(Connection connection, SqlStatement statement, long last) throws SQLException {
        return statement.update(connection, (parameters) -> parameters.number(last).text(this.ledger.suffix())) > 0;
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

    /** A row to delete. */
    private record Old(long rowId, long time) {
    }

}

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxStoreException;
import org.jspecify.annotations.Nullable;

/**
 * Marks transactions, to detect that the database has rolled one back by itself. After a
 * deadlock, MariaDB, MySQL and H2 roll the whole transaction back and begin another one
 * with the next statement; who catches the exception and goes on commits the rest. With
 * MariaDB and MySQL the mark is a row, which goes with its transaction (a savepoint would
 * also go when an older one is released); H2 numbers its transactions. PostgreSQL takes
 * no further statements.
 */
final class TransactionMarks {

    private static final String ABORTED = "25P02";

    private final Dialect dialect;

    private final MessageIdGenerator rowIds;

    private final SqlStatement change;

    private final SqlStatement takeBack;

    private final SqlStatement number;

    TransactionMarks(JdbcDatabase database, MessageIdGenerator rowIds) {
        this.dialect = database.dialect();
        this.rowIds = rowIds;
        String table = database.name(Table.OUTBOX);
        this.change = database
            .sql("INSERT INTO " + table + " (row_id, message_id, cluster, topic, payload, status, due_at, created_at)"
                    + " VALUES (?, 0, '', '', '', 'DISCARDED', 0, " + database.dialect().now() + ")");
        this.takeBack = database.sql("DELETE FROM " + table + " WHERE row_id = ?");
        this.number = database.sql("SELECT TRANSACTION_ID()");
    }

    @Nullable Object set(Connection connection) throws SQLException {
        return switch (this.dialect) {
            case POSTGRESQL -> null;
            case MARIADB, MYSQL -> write(connection);
            case H2 -> numbered(connection);
        };
    }

    /** H2 numbers only a transaction that has changed something. */
    private String numbered(Connection connection) throws SQLException {
        String number = number(connection);
        if (number != null) {
            return number;
        }
        take(connection, write(connection));
        number = number(connection);
        if (number == null) {
            throw new SQLException("H2 does not number its transaction");
        }
        return number;
    }

    /**
     * {@code null} if an error has aborted the transaction, which ends with a rollback.
     */
    @Nullable Long probe(Connection connection) throws SQLException {
        try {
            return write(connection);
        }
        catch (SQLException ex) {
            if (this.dialect == Dialect.POSTGRESQL && ABORTED.equals(ex.getSQLState())) {
                return null;
            }
            throw ex;
        }
    }

    private Long write(Connection connection) throws SQLException {
        long rowId = this.rowIds.nextId();
        this.change.update(connection, (parameters) -> parameters.number(rowId));
        return rowId;
    }

    boolean take(Connection connection, Long rowId) throws SQLException {
        return this.takeBack.update(connection, (parameters) -> parameters.number(rowId)) == 1;
    }

    private @Nullable String number(Connection connection) throws SQLException {
        List<String> number = this.number.list(connection, Binding.NONE,
                (row) -> Objects.requireNonNullElse(row.getString(1), ""));
        return (number.isEmpty() || number.get(0).isEmpty()) ? null : number.get(0);
    }

    /**
     * Checks that the connection is still in the transaction that was marked.
     * @throws OutboxStoreException if it is not
     */
    void require(Connection connection, Object mark) throws SQLException {
        boolean there = (mark instanceof Long rowId) ? take(connection, rowId) : mark.equals(number(connection));
        if (!there) {
            throw rolledBack();
        }
    }

    private static OutboxStoreException rolledBack() {
        return new OutboxStoreException(
                "The database has rolled the transaction back by itself, after a deadlock or the"
                        + " like that was caught, and what was done since belongs to another one: half of it must not be"
                        + " committed. Let the exception of a failed statement end the transaction, and repeat it as a whole.",
                false, null);
    }

}

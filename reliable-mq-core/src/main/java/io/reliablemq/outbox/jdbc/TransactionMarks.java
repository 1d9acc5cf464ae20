package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxStoreException;
import org.jspecify.annotations.Nullable;

/**
 * Marks transactions. After a deadlock, MariaDB, MySQL and H2 roll the whole transaction
 * back and begin another one with the next statement; who catches the exception and goes
 * on commits the rest. With MariaDB and MySQL the mark is a row, which goes with its
 * transaction (a savepoint would also go when an older one is released); H2 numbers its
 * transactions. PostgreSQL takes no further statements.
 */
final class TransactionMarks {

    private static final String ABORTED = "25P02";

    private final Dialect dialect;

    private final MessageIdGenerator rowIds;

    private final String change;

    private final String takeBack;

    TransactionMarks(JdbcDatabase database, MessageIdGenerator rowIds) {
        this.dialect = database.dialect();
        this.rowIds = rowIds;
        String table = database.name(Table.OUTBOX);
        this.change = "INSERT INTO " + table
                + " (row_id, message_id, cluster, topic, payload, status, due_at, created_at)"
                + " VALUES (?, 0, '', '', '', 'DISCARDED', 0, " + database.dialect().now() + ")";
        this.takeBack = "DELETE FROM " + table + " WHERE row_id = ?";
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
        execute(connection, this.change, rowId);
        return rowId;
    }

    boolean take(Connection connection, Long rowId) throws SQLException {
        return execute(connection, this.takeBack, rowId) == 1;
    }

    private static int execute(Connection connection, String sql, long rowId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, rowId);
            return statement.executeUpdate();
        }
    }

    private static @Nullable String number(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT TRANSACTION_ID()")) {
            return row.next() ? row.getString(1) : null;
        }
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

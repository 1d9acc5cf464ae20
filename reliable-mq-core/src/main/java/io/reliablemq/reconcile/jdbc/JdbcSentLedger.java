package io.reliablemq.reconcile.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlWork;
import io.reliablemq.jdbc.Table;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.QueuePosition;
import io.reliablemq.reconcile.SentLedger;
import io.reliablemq.reconcile.SentMessage;
import io.reliablemq.reconcile.SentState;
import io.reliablemq.reconcile.Window;
import org.jspecify.annotations.Nullable;

/**
 * The outbox, whose sent rows are a ledger, or the ledger of direct sends. Pages follow
 * the index of time, message id and id space.
 */
public final class JdbcSentLedger implements SentLedger {

    private final JdbcDatabase database;

    private final MessageColumns columns;

    private final Duration retention;

    private final String table;

    private final String select;

    private final String next;

    private final String purged;

    private JdbcSentLedger(JdbcDatabase database, PayloadCodec codec, Duration retention, Table table, String time,
            String state) {
        this.database = database;
        this.columns = new MessageColumns(database.dialect(), codec);
        this.retention = retention;
        this.table = database.name(table);
        String rows = "SELECT row_id, message_id, " + time + ", cluster, topic, tag, " + state
                + ", sent_at, deliver_at, uniq_key, broker_name, queue_id, queue_offset, last_resent_at, id_space FROM "
                + this.table + " WHERE " + time + " < ? AND ";
        String order = " ORDER BY " + time + ", message_id, id_space LIMIT ?";
        this.select = rows + time + " >= ?" + order;
        this.purged = "SELECT purged_to FROM " + database.name(Table.PURGE) + " WHERE ledger = '" + table.suffix()
                + "'";
        // Only PostgreSQL finds a pair in an index.
        this.next = rows
                + ((database.dialect() == Dialect.POSTGRESQL) ? "(" + time + ", message_id, id_space) > (?, ?, ?)"
                        : time + " >= ? AND (" + time + " > ? OR message_id > ? OR (message_id = ? AND id_space > ?))")
                + order;
    }

    /**
     * The outbox.
     * @param database the database with the tables
     * @param codec how payloads are stored
     * @param retention how long sent rows are kept; since when they are complete is what
     * the purge has noted, or as long ago as that if it has not deleted any yet
     * @return the ledger
     */
    public static JdbcSentLedger outbox(JdbcDatabase database, PayloadCodec codec, Duration retention) {
        return new JdbcSentLedger(database, codec, retention, Table.OUTBOX, "created_at", "status");
    }

    /**
     * The direct sends of topics that ask for it.
     * @param database the database with the tables
     * @param codec how payloads are stored
     * @param retention how long rows are kept; since when they are complete is what the
     * purge has noted, or as long ago as that if it has not deleted any yet
     * @return the ledger
     */
    public static JdbcSentLedger direct(JdbcDatabase database, PayloadCodec codec, Duration retention) {
        return new JdbcSentLedger(database, codec, retention, Table.LEDGER, "sent_at",
                "CASE WHEN uncertain <> 0 AND queue_offset IS NULL THEN 'UNCERTAIN' ELSE 'SENT' END");
    }

    @Override
    public List<SentMessage> page(Window window, @Nullable SentMessage after, int limit) {
        return call("read", (connection) -> {
            try (PreparedStatement statement = connection.prepareStatement((after != null) ? this.next : this.select)) {
                int index = 1;
                statement.setLong(index++, window.to().toEpochMilli());
                if (after == null) {
                    statement.setLong(index++, window.from().toEpochMilli());
                }
                else {
                    statement.setLong(index++, after.recordedAt().toEpochMilli());
                    if (this.database.dialect() != Dialect.POSTGRESQL) {
                        statement.setLong(index++, after.recordedAt().toEpochMilli());
                    }
                    statement.setLong(index++, after.id());
                    if (this.database.dialect() != Dialect.POSTGRESQL) {
                        statement.setLong(index++, after.id());
                    }
                    statement.setString(index++, MessageColumns.space(after.space()));
                }
                statement.setInt(index, limit);
                statement.setFetchSize(limit);
                return read(statement, limit);
            }
        });
    }

    private static List<SentMessage> read(PreparedStatement statement, int limit) throws SQLException {
        List<SentMessage> page = new ArrayList<>(Math.min(limit, 10_000));
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                page.add(message(row));
            }
        }
        return page;
    }

    private static SentMessage message(ResultSet row) throws SQLException {
        Instant sentAt = time(row, 8);
        String broker = row.getString(11);
        int queueId = row.getInt(12);
        long offset = row.getLong(13);
        QueuePosition position = (broker != null && !row.wasNull()) ? new QueuePosition(broker, queueId, offset) : null;
        return new SentMessage(row.getLong(1), row.getLong(2), Instant.ofEpochMilli(row.getLong(3)), row.getString(4),
                row.getString(5), row.getString(6), state(row.getString(7)), sentAt, time(row, 9), row.getString(10),
                position, time(row, 14), MessageColumns.space(row, 15));
    }

    private static SentState state(String status) {
        return switch (status) {
            case "SENT" -> SentState.SENT;
            case "UNCERTAIN" -> SentState.UNCERTAIN;
            case "DISCARDED" -> SentState.DISCARDED;
            default -> SentState.NOT_SENT;
        };
    }

    private static @Nullable Instant time(ResultSet row, int index) throws SQLException {
        long millis = row.getLong(index);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    @Override
    public @Nullable StoredMessage load(SentMessage message) {
        // An empty optional is not a result that NullAway lets through the callback.
        List<StoredMessage> found = call("read a message of", (connection) -> {
            try (PreparedStatement statement = connection.prepareStatement("SELECT " + MessageColumns.NAMES + " FROM "
                    + this.table + " WHERE row_id = ? AND payload IS NOT NULL")) {
                statement.setLong(1, message.rowId());
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? List.of(this.columns.read(row, 1)) : List.of();
                }
            }
        });
        return found.isEmpty() ? null : found.get(0);
    }

    @Override
    public void markResent(Collection<SentMessage> messages, Instant at) {
        call("update", (connection) -> {
            try (PreparedStatement statement = connection.prepareStatement("UPDATE " + this.table
                    + " SET resends = resends + 1, last_resent_at = ? WHERE message_id = ?" + " AND id_space = ?")) {
                for (SentMessage message : messages) {
                    statement.setLong(1, at.toEpochMilli());
                    statement.setLong(2, message.id());
                    statement.setString(3, MessageColumns.space(message.space()));
                    statement.addBatch();
                }
                return statement.executeBatch();
            }
        });
    }

    @Override
    public Instant keptSince(Instant now) {
        long purgedTo = call("ask since when rows are kept in", (connection) -> {
            try (PreparedStatement statement = connection.prepareStatement(this.purged);
                    ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : -1L;
            }
        });
        return (purgedTo >= 0) ? Instant.ofEpochMilli(purgedTo + 1) : now.minus(this.retention);
    }

    private <T> T call(String what, SqlWork<T> work) {
        try {
            return this.database.inAutoCommit(work);
        }
        catch (SQLException ex) {
            throw new ReliableMQException("Cannot " + what + " " + this.table + ": " + ex.getMessage()
                    + ". Check the database; the next run goes on.", ex);
        }
    }

}

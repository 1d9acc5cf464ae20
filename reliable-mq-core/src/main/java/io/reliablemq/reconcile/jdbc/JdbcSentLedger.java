package io.reliablemq.reconcile.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.SqlStatement;
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
 * Reads sent messages from the outbox or from the ledger of direct sends. Pages follow
 * the index of time, message id and id space.
 */
public final class JdbcSentLedger implements SentLedger {

    private final JdbcDatabase database;

    private final MessageColumns columns;

    private final Duration retention;

    private final String table;

    private final SqlStatement load;

    private final SqlStatement markResent;

    private final SqlStatement select;

    private final SqlStatement next;

    private final SqlStatement purged;

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
        this.select = database.sql(rows + time + " >= ?" + order);
        this.purged = database
            .sql("SELECT purged_to FROM " + database.name(Table.PURGE) + " WHERE ledger = '" + table.suffix() + "'");
        this.load = database.sql(
                "SELECT " + MessageColumns.NAMES + " FROM " + this.table + " WHERE row_id = ? AND payload IS NOT NULL");
        this.markResent = database.sql("UPDATE " + this.table
                + " SET resends = resends + 1, last_resent_at = ? WHERE message_id = ? AND id_space = ?");
        // Only PostgreSQL finds a pair in an index.
        this.next = database.sql(rows
                + ((database.dialect() == Dialect.POSTGRESQL) ? "(" + time + ", message_id, id_space) > (?, ?, ?)"
                        : time + " >= ? AND (" + time + " > ? OR message_id > ? OR (message_id = ? AND id_space > ?))")
                + order);
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
        boolean pairs = this.database.dialect() == Dialect.POSTGRESQL;
        return call("read", (connection) -> ((after != null) ? this.next : this.select).fetchSize(limit)
            .list(connection, (parameters) -> {
                parameters.time(window.to()).time((after != null) ? after.recordedAt() : window.from());
                if (after != null) {
                    if (!pairs) {
                        parameters.time(after.recordedAt()).number(after.id());
                    }
                    parameters.number(after.id()).space(after.space());
                }
                parameters.number(limit);
            }, JdbcSentLedger::message));
    }

    private static SentMessage message(ResultSet row) throws SQLException {
        Instant sentAt = MessageColumns.time(row, 8);
        String broker = row.getString(11);
        int queueId = row.getInt(12);
        long offset = row.getLong(13);
        QueuePosition position = (broker != null && !row.wasNull()) ? new QueuePosition(broker, queueId, offset) : null;
        return new SentMessage(row.getLong(1), row.getLong(2), Instant.ofEpochMilli(row.getLong(3)), row.getString(4),
                row.getString(5), row.getString(6), state(row.getString(7)), sentAt, MessageColumns.time(row, 9),
                row.getString(10), position, MessageColumns.time(row, 14), MessageColumns.space(row, 15));
    }

    private static SentState state(String status) {
        return switch (status) {
            case "SENT" -> SentState.SENT;
            case "UNCERTAIN" -> SentState.UNCERTAIN;
            case "DISCARDED" -> SentState.DISCARDED;
            default -> SentState.NOT_SENT;
        };
    }

    @Override
    public @Nullable StoredMessage load(SentMessage message) {
        // An empty optional is not a result that NullAway lets through the callback.
        List<StoredMessage> found = call("read a message of", (connection) -> this.load.list(connection,
                (parameters) -> parameters.number(message.rowId()), (row) -> this.columns.read(row, 1)));
        return found.isEmpty() ? null : found.get(0);
    }

    @Override
    public void markResent(Collection<SentMessage> messages, Instant at) {
        List<SentMessage> all = List.copyOf(messages);
        call("update", (connection) -> this.markResent.batch(connection, all.size(),
                (parameters, i) -> parameters.time(at).number(all.get(i).id()).space(all.get(i).space())));
    }

    @Override
    public Instant keptSince(Instant now) {
        long purgedTo = call("ask since when rows are kept in",
                (connection) -> Objects.requireNonNullElse(this.purged.number(connection, Binding.NONE), -1L));
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

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.jdbc.SentQueue.Sent;
import org.jspecify.annotations.Nullable;

/**
 * Writes direct sends into the table {@code reliable_mq_ledger}. If some cannot be
 * written together, they are written in halves, and these in halves, so that one that
 * cannot be written costs only itself.
 */
final class LedgerInserts {

    private final JdbcDatabase database;

    private final MessageColumns columns;

    private final MessageIdGenerator rowIds;

    private final long patienceNanos;

    private final SqlStatement insert;

    private final SqlStatement find;

    LedgerInserts(JdbcDatabase database, PayloadCodec codec, MessageIdGenerator rowIds, Duration patience) {
        this.database = database;
        this.columns = new MessageColumns(database.dialect(), codec);
        this.rowIds = rowIds;
        this.patienceNanos = patience.toNanos();
        this.insert = database.sql("INSERT INTO " + database.name(Table.LEDGER) + " (row_id, " + MessageColumns.SPACE
                + ", " + MessageColumns.NAMES
                + ", sent_at, broker_name, queue_id, queue_offset, send_status) VALUES (?, ?, "
                + MessageColumns.PLACEHOLDERS + ", " + database.dialect().now() + ", ?, ?, ?, ?)");
        this.find = database.sql("SELECT message_id, " + MessageColumns.SPACE + ", uniq_key FROM "
                + database.name(Table.LEDGER) + " WHERE row_id = ?");
    }

    /** Writes what can be written; a database that is away is not asked for ever. */
    Outcome write(List<Sent> some) {
        Outcome outcome = new Outcome();
        try {
            write(some, this.rowIds.nextIds(some.size()), 0, System.nanoTime() + this.patienceNanos, outcome);
        }
        catch (Throwable ex) {
            // No ids; of what is thrown here nothing is written.
            outcome.fail(some, ex);
        }
        return outcome;
    }

    private void write(List<Sent> some, long[] ids, int first, long end, Outcome outcome) {
        try {
            int unused = this.database.inOwnTransaction((connection) -> insert(connection, some, ids, first));
        }
        catch (Throwable ex) {
            boolean alone = some.size() == 1;
            if (alone && isThereAlready(ex, some.get(0).message(), ids[first])) {
                return;
            }
            if (alone || System.nanoTime() - end >= 0) {
                outcome.fail(some, ex);
                return;
            }
            int half = some.size() / 2;
            write(some.subList(0, half), ids, first, end, outcome);
            write(some.subList(half, some.size()), ids, first + half, end, outcome);
        }
    }

    /**
     * A commit that was not answered, and is tried again under the same number; not the
     * row of another message that has got the number too.
     */
    private boolean isThereAlready(Throwable ex, StoredMessage message, long rowId) {
        if (!(ex instanceof SQLException sql) || this.database.dialect().classify(sql) != SqlFailure.DUPLICATE_KEY) {
            return false;
        }
        try {
            return this.database.inAutoCommit((connection) -> holds(connection, rowId, message));
        }
        catch (SQLException | RuntimeException failure) {
            ex.addSuppressed(failure);
            return false;
        }
    }

    private boolean holds(Connection connection, long rowId, StoredMessage message) throws SQLException {
        return Boolean.TRUE.equals(this.find.first(connection, (parameters) -> parameters.number(rowId),
                (row) -> Objects.equals(row.getLong(1), message.id())
                        && Objects.equals(MessageColumns.space(row, 2), message.space())
                        && Objects.equals(row.getString(3), message.uniqKey())));
    }

    private int insert(Connection connection, List<Sent> some, long[] ids, int first) throws SQLException {
        return this.insert.batch(connection, some.size(), (parameters, i) -> {
            Sent sent = some.get(i);
            parameters.number(ids[first + i])
                .space(sent.message().space())
                .message(this.columns, sent.message())
                .text(sent.stored().target().broker())
                .number(sent.stored().target().queueId())
                .number(sent.stored().queueOffset())
                .text(sent.stored().status().name());
        }).length;
    }

    /** What could not be written. */
    static final class Outcome {

        private final List<Sent> missed = new ArrayList<>();

        private @Nullable Throwable failure;

        List<Sent> missed() {
            return this.missed;
        }

        /** What the first of them failed with. */
        @Nullable Throwable failure() {
            return this.failure;
        }

        private void fail(List<Sent> some, Throwable ex) {
            this.missed.addAll(some);
            if (this.failure == null) {
                this.failure = ex;
            }
        }

    }

}

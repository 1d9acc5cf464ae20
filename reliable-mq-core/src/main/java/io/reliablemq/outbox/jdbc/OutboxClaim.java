package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of a claim: what it writes to a row, and what it reads of it. It raises the
 * epoch, and makes the row due when the claim ends. Payloads are decoded later, without a
 * connection.
 */
final class OutboxClaim {

    /** The first columns of a claimed row; its epoch is that of the claim. */
    static final String COLUMNS = "row_id, epoch, attempts, " + MessageColumns.NAMES;

    /** Of all payloads together, unless a single one is larger. */
    static final long MOST_BYTES = Math.max(1 << 20, Math.min(8 << 20, Runtime.getRuntime().maxMemory() / 64));

    private final JdbcDatabase database;

    private final MessageColumns columns;

    private final String owner;

    private final Duration lease;

    private final String update;

    private final String select;

    OutboxClaim(JdbcDatabase database, String owner, Duration lease) {
        this.database = database;
        this.columns = new MessageColumns(database.dialect(), StoredPayload.INSTANCE);
        this.owner = owner;
        this.lease = lease;
        String now = database.dialect().now();
        this.update = "UPDATE " + database.name(Table.OUTBOX) + " SET owner = ?, epoch = epoch + 1, lease_until = "
                + now + " + ?, due_at = " + now + " + ? WHERE row_id ";
        this.select = "SELECT " + COLUMNS + " FROM " + database.name(Table.OUTBOX) + " WHERE row_id ";
    }

    /** An update that goes on with which rows. */
    String update() {
        return this.update;
    }

    /** Sets the parameters of the update. */
    SqlParameters set(SqlParameters parameters) throws SQLException {
        return parameters.text(this.owner).number(this.lease.toMillis()).number(this.lease.toMillis());
    }

    /** When a claim that begins now may end. */
    long end() {
        return System.nanoTime() + this.lease.toNanos();
    }

    Duration lease() {
        return this.lease;
    }

    /** A row whose epoch was raised. What cannot be read of it is its own failure. */
    ClaimedRow row(ResultSet row, long claimEnd) throws SQLException {
        long rowId = row.getLong(1);
        long epoch = row.getLong(2);
        int attempts = row.getInt(3);
        try {
            return new ClaimedRow(rowId, epoch, attempts, claimEnd, this.columns.read(row, 4),
                    row.getString("payload_encoding"), null);
        }
        catch (Throwable ex) {
            return new ClaimedRow(rowId, epoch, attempts, claimEnd, null, null, ex);
        }
    }

    /** Claims rows that are locked and reads them, in their order. */
    List<ClaimedRow> take(Connection connection, List<Long> rowIds) throws SQLException {
        if (rowIds.isEmpty()) {
            return List.of();
        }
        long claimEnd = end();
        String in = "IN " + SqlStatement.marks(rowIds.size());
        if (this.database.dialect() == Dialect.POSTGRESQL) {
            return read(connection, this.update + in + " RETURNING " + COLUMNS,
                    (parameters) -> set(parameters).numbers(rowIds), rowIds, claimEnd);
        }
        this.database.sql(this.update + in).update(connection, (parameters) -> set(parameters).numbers(rowIds));
        return read(connection, this.select + in, (parameters) -> parameters.numbers(rowIds), rowIds, claimEnd);
    }

    private List<ClaimedRow> read(Connection connection, String sql, Binding binding, List<Long> rowIds, long claimEnd)
            throws SQLException {
        Map<Long, ClaimedRow> rows = new HashMap<>();
        this.database.sql(sql).each(connection, binding, (row) -> {
            ClaimedRow claimed = row(row, claimEnd);
            rows.put(claimed.rowId(), claimed);
        });
        return rowIds.stream().map(rows::get).filter(Objects::nonNull).toList();
    }

    /** Leaves the payload as it is in the table. */
    private enum StoredPayload implements PayloadCodec {

        INSTANCE;

        @Override
        public String encoding() {
            return "";
        }

        @Override
        public byte[] encode(byte[] payload) {
            return payload;
        }

        @Override
        public byte[] decode(byte[] stored, @Nullable String encoding) {
            return stored;
        }

    }

}

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Table;
import org.jspecify.annotations.Nullable;

/**
 * What a claim writes, and what it reads of a row. It raises the epoch, and makes the row
 * due when the claim ends. Payloads are decoded later, without a connection.
 */
final class OutboxClaim {

    /** The first columns of a claimed row; its epoch is that of the claim. */
    static final String COLUMNS = "row_id, epoch, attempts, " + MessageColumns.NAMES;

    /** Of all payloads together, unless a single one is larger. */
    static final long MOST_BYTES = Math.max(1 << 20, Math.min(8 << 20, Runtime.getRuntime().maxMemory() / 64));

    private final Dialect dialect;

    private final MessageColumns columns;

    private final String owner;

    private final Duration lease;

    private final String update;

    private final String select;

    OutboxClaim(JdbcDatabase database, String owner, Duration lease) {
        this.dialect = database.dialect();
        this.columns = new MessageColumns(this.dialect, StoredPayload.INSTANCE);
        this.owner = owner;
        this.lease = lease;
        String now = this.dialect.now();
        this.update = "UPDATE " + database.name(Table.OUTBOX) + " SET owner = ?, epoch = epoch + 1, lease_until = "
                + now + " + ?, due_at = " + now + " + ? WHERE row_id ";
        this.select = "SELECT " + COLUMNS + " FROM " + database.name(Table.OUTBOX) + " WHERE row_id ";
    }

    /** An update that goes on with which rows. */
    String update() {
        return this.update;
    }

    /** Sets the parameters of the update and says which index comes next. */
    int set(PreparedStatement statement, int index) throws SQLException {
        statement.setString(index, this.owner);
        statement.setLong(index + 1, this.lease.toMillis());
        statement.setLong(index + 2, this.lease.toMillis());
        return index + 3;
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
        String in = "IN (" + String.join(", ", Collections.nCopies(rowIds.size(), "?")) + ")";
        boolean returning = this.dialect == Dialect.POSTGRESQL;
        try (PreparedStatement statement = connection
            .prepareStatement(this.update + in + (returning ? " RETURNING " + COLUMNS : ""))) {
            set(statement, set(statement, 1), rowIds);
            if (returning) {
                return read(statement, rowIds, claimEnd);
            }
            statement.executeUpdate();
        }
        try (PreparedStatement statement = connection.prepareStatement(this.select + in)) {
            set(statement, 1, rowIds);
            return read(statement, rowIds, claimEnd);
        }
    }

    private static void set(PreparedStatement statement, int first, List<Long> rowIds) throws SQLException {
        int index = first;
        for (long rowId : rowIds) {
            statement.setLong(index++, rowId);
        }
    }

    private List<ClaimedRow> read(PreparedStatement statement, List<Long> rowIds, long claimEnd) throws SQLException {
        Map<Long, ClaimedRow> rows = new HashMap<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                ClaimedRow claimed = row(row, claimEnd);
                rows.put(claimed.rowId(), claimed);
            }
        }
        List<ClaimedRow> inOrder = new ArrayList<>();
        for (Long rowId : rowIds) {
            ClaimedRow claimed = rows.get(rowId);
            if (claimed != null) {
                inOrder.add(claimed);
            }
        }
        return inOrder;
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

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxEntry;

/**
 * What a claim writes, and what it reads of a row. It raises the epoch, and makes the row
 * due when the claim ends.
 */
final class Claim {

    /** The first columns of a claimed row; its epoch is that of the claim. */
    static final String COLUMNS = "row_id, epoch, attempts, " + MessageColumns.NAMES;

    /** How many they are. */
    static final int COUNT = 3 + MessageColumns.COUNT;

    private final MessageColumns columns;

    private final String owner;

    private final Duration lease;

    private final String update;

    Claim(JdbcDatabase database, PayloadCodec codec, String owner, Duration lease) {
        this.columns = new MessageColumns(database.dialect(), codec);
        this.owner = owner;
        this.lease = lease;
        String now = database.dialect().now();
        this.update = "UPDATE " + database.name(Table.OUTBOX) + " SET owner = ?, epoch = epoch + 1, lease_until = "
                + now + " + ?, due_at = " + now + " + ? WHERE row_id ";
    }

    /** An update that goes on with which rows. */
    String update() {
        return this.update;
    }

    /** Sets the parameters of the update and says which index comes next. */
    int set(PreparedStatement statement) throws SQLException {
        statement.setString(1, this.owner);
        statement.setLong(2, this.lease.toMillis());
        statement.setLong(3, this.lease.toMillis());
        return 4;
    }

    /** When a claim that begins now may end. */
    long end() {
        return System.nanoTime() + this.lease.toNanos();
    }

    Duration lease() {
        return this.lease;
    }

    /** A row that was read before its epoch was raised, or after. */
    OutboxEntry entry(ResultSet row, long raise, long claimEnd) throws SQLException {
        return StoredMessages.entry(row.getLong(1), row.getLong(2) + raise, row.getInt(3), this.columns.read(row, 4),
                claimEnd);
    }

    void write(Connection connection, List<OutboxEntry> found) throws SQLException {
        if (found.isEmpty()) {
            return;
        }
        String sql = this.update + "IN (" + String.join(", ", Collections.nCopies(found.size(), "?")) + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int index = set(statement);
            for (OutboxEntry entry : found) {
                statement.setLong(index++, entry.rowId());
            }
            statement.executeUpdate();
        }
    }

}

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxStatistics;
import io.reliablemq.outbox.ParkedMessage;

/**
 * What operators see and do, and the cleaning.
 */
final class OutboxUpkeep {

    private final String statistics;

    private final String elsewhere;

    private final String parked;

    private final String release;

    private final String discard;

    private final LedgerPurge purge;

    private final String purgeKeys;

    OutboxUpkeep(JdbcDatabase database) {
        String table = database.name(Table.OUTBOX);
        String keys = database.name(Table.OUTBOX_KEY);
        String now = database.dialect().now();
        String then = database.dialect().statementTime();
        this.statistics = "SELECT status, COUNT(*), MIN(created_at), " + now + " FROM " + table
                + " WHERE status IN ('PENDING', 'PARKED', 'DISCARDED') GROUP BY status";
        this.elsewhere = "SELECT cluster, COUNT(*) FROM " + table + " WHERE status = 'PENDING' AND due_at < " + then
                + " - ?";
        this.parked = "SELECT row_id, message_id, cluster, topic, last_error, created_at FROM " + table
                + " WHERE status = 'PARKED' ORDER BY created_at, row_id LIMIT ?";
        String ofParked = " WHERE row_id = ? AND status = 'PARKED'";
        this.release = "UPDATE " + table + " SET status = 'PENDING', owner = NULL, lease_until = 0, due_at = " + now
                + ofParked;
        // Nothing is due any more: the time is that of the end.
        this.discard = "UPDATE " + table + " SET status = 'DISCARDED', last_error = ?, due_at = " + now + ofParked;
        this.purge = new LedgerPurge(database, Table.OUTBOX, "status IN ('SENT', 'DISCARDED') AND ", "created_at",
                "CASE WHEN status = 'SENT' THEN COALESCE(sent_at, 0) ELSE due_at END");
        this.purgeKeys = database.dialect()
            .deleteSome(keys,
                    "updated_at < " + then + " - ? AND NOT EXISTS (SELECT 1 FROM " + table + " o WHERE o.cluster = "
                            + keys + ".cluster AND o.topic = " + keys + ".topic AND o.ordering_key = " + keys
                            + ".ordering_key AND o.status = 'PENDING')",
                    "updated_at");
    }

    OutboxStatistics statistics(Connection connection) throws SQLException {
        long pending = 0;
        long parkedCount = 0;
        long discarded = 0;
        Duration oldest = Duration.ZERO;
        try (PreparedStatement statement = connection.prepareStatement(this.statistics);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                long count = row.getLong(2);
                switch (row.getString(1)) {
                    case "PENDING" -> {
                        pending = count;
                        oldest = Duration.ofMillis(Math.max(0, row.getLong(4) - row.getLong(3)));
                    }
                    case "PARKED" -> parkedCount = count;
                    default -> discarded = count;
                }
            }
        }
        return new OutboxStatistics(pending, parkedCount, discarded, oldest);
    }

    Map<String, Long> elsewhere(Connection connection, Set<String> clusters, Duration since) throws SQLException {
        String others = clusters.isEmpty() ? ""
                : " AND cluster NOT IN (" + String.join(", ", Collections.nCopies(clusters.size(), "?")) + ")";
        try (PreparedStatement statement = connection.prepareStatement(this.elsewhere + others + " GROUP BY cluster")) {
            int index = 1;
            statement.setLong(index++, since.toMillis());
            for (String cluster : clusters) {
                statement.setString(index++, cluster);
            }
            try (ResultSet row = statement.executeQuery()) {
                Map<String, Long> found = new HashMap<>();
                while (row.next()) {
                    found.put(row.getString(1), row.getLong(2));
                }
                return found;
            }
        }
    }

    List<ParkedMessage> parked(Connection connection, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.parked)) {
            statement.setInt(1, limit);
            try (ResultSet row = statement.executeQuery()) {
                List<ParkedMessage> found = new ArrayList<>();
                while (row.next()) {
                    found.add(new ParkedMessage(row.getLong(1), row.getLong(2), row.getString(3), row.getString(4),
                            Objects.requireNonNullElse(row.getString(5), ""), Instant.ofEpochMilli(row.getLong(6))));
                }
                return found;
            }
        }
    }

    boolean release(Connection connection, long rowId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.release)) {
            statement.setLong(1, rowId);
            return statement.executeUpdate() == 1;
        }
    }

    boolean discard(Connection connection, long rowId, String reason) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.discard)) {
            statement.setString(1, OutboxSettlement.fit(reason));
            statement.setLong(2, rowId);
            return statement.executeUpdate() == 1;
        }
    }

    int purge(Connection connection, Duration retention, int limit) throws SQLException {
        return this.purge.run(connection, retention, limit) + purgeKeys(connection, retention, limit);
    }

    private int purgeKeys(Connection connection, Duration retention, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.purgeKeys)) {
            statement.setLong(1, retention.toMillis());
            statement.setInt(2, limit);
            return statement.executeUpdate();
        }
    }

}

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxStatistics;
import io.reliablemq.outbox.ParkedMessage;

/**
 * SQL statements of operations on the outbox: statistics, parked messages, purge.
 */
final class OutboxUpkeep {

    private final JdbcDatabase database;

    private final SqlStatement statistics;

    private final String elsewhere;

    private final SqlStatement parked;

    private final SqlStatement release;

    private final SqlStatement discard;

    private final LedgerPurge purge;

    private final SqlStatement purgeKeys;

    OutboxUpkeep(JdbcDatabase database) {
        this.database = database;
        String table = database.name(Table.OUTBOX);
        String keys = database.name(Table.OUTBOX_KEY);
        String now = database.dialect().now();
        String then = database.dialect().statementTime();
        this.statistics = database.sql("SELECT status, COUNT(*), MIN(created_at), " + now + " FROM " + table
                + " WHERE status IN ('PENDING', 'PARKED', 'DISCARDED') GROUP BY status");
        this.elsewhere = "SELECT cluster, COUNT(*) FROM " + table + " WHERE status = 'PENDING' AND due_at < " + then
                + " - ?";
        this.parked = database.sql("SELECT row_id, message_id, cluster, topic, last_error, created_at FROM " + table
                + " WHERE status = 'PARKED' ORDER BY created_at, row_id LIMIT ?");
        String ofParked = " WHERE row_id = ? AND status = 'PARKED'";
        this.release = database.sql("UPDATE " + table
                + " SET status = 'PENDING', owner = NULL, lease_until = 0, due_at = " + now + ofParked);
        // Nothing is due any more: the time is that of the end.
        this.discard = database
            .sql("UPDATE " + table + " SET status = 'DISCARDED', last_error = ?, due_at = " + now + ofParked);
        this.purge = new LedgerPurge(database, Table.OUTBOX, "status IN ('SENT', 'DISCARDED') AND ", "created_at",
                "CASE WHEN status = 'SENT' THEN COALESCE(sent_at, 0) ELSE due_at END");
        this.purgeKeys = database.sql(database.dialect()
            .deleteSome(keys,
                    "updated_at < " + then + " - ? AND NOT EXISTS (SELECT 1 FROM " + table + " o WHERE o.cluster = "
                            + keys + ".cluster AND o.topic = " + keys + ".topic AND o.ordering_key = " + keys
                            + ".ordering_key AND o.status = 'PENDING')",
                    "updated_at"));
    }

    OutboxStatistics statistics(Connection connection) throws SQLException {
        Map<String, Waiting> found = new HashMap<>();
        this.statistics.each(connection, Binding.NONE, (row) -> found.put(row.getString(1),
                new Waiting(row.getLong(2), Math.max(0, row.getLong(4) - row.getLong(3)))));
        Waiting none = new Waiting(0, 0);
        Waiting pending = found.getOrDefault("PENDING", none);
        return new OutboxStatistics(pending.count(), found.getOrDefault("PARKED", none).count(),
                found.getOrDefault("DISCARDED", none).count(), Duration.ofMillis(pending.oldest()));
    }

    Map<String, Long> elsewhere(Connection connection, Set<String> clusters, Duration since) throws SQLException {
        String others = clusters.isEmpty() ? "" : " AND cluster NOT IN " + SqlStatement.marks(clusters.size());
        Map<String, Long> found = new HashMap<>();
        this.database.sql(this.elsewhere + others + " GROUP BY cluster").each(connection, (parameters) -> {
            parameters.number(since.toMillis());
            for (String cluster : clusters) {
                parameters.text(cluster);
            }
        }, (row) -> found.put(row.getString(1), row.getLong(2)));
        return found;
    }

    List<ParkedMessage> parked(Connection connection, int limit) throws SQLException {
        return this.parked.list(connection, (parameters) -> parameters.number(limit),
                (row) -> new ParkedMessage(row.getLong(1), row.getLong(2), row.getString(3), row.getString(4),
                        Objects.requireNonNullElse(row.getString(5), ""), Instant.ofEpochMilli(row.getLong(6))));
    }

    boolean release(Connection connection, long rowId) throws SQLException {
        return this.release.update(connection, (parameters) -> parameters.number(rowId)) == 1;
    }

    boolean discard(Connection connection, long rowId, String reason) throws SQLException {
        return this.discard.update(connection,
                (parameters) -> parameters.text(OutboxSettlement.fit(reason)).number(rowId)) == 1;
    }

    int purge(Connection connection, Duration retention, int limit) throws SQLException {
        return this.purge.run(connection, retention, limit) + this.purgeKeys.update(connection,
                (parameters) -> parameters.number(retention.toMillis()).number(limit));
    }

    /** Rows of one status, and the age of the oldest in ms. */
    private record Waiting(long count, long oldest) {
    }

}

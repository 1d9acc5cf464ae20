package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.ClusterTopic;
import io.reliablemq.outbox.OutboxScope;

/**
 * Claims rows without an ordering key; what others are claiming is passed over. Each
 * topic gets its share, of rows and of bytes. PostgreSQL finds, locks, claims and returns
 * a topic's rows in one statement.
 */
final class DueClaims {

    private final Dialect dialect;

    private final OutboxClaim claim;

    private final DueTopics topics;

    private final String lock;

    private final String together;

    DueClaims(JdbcDatabase database, OutboxClaim claim) {
        this.dialect = database.dialect();
        this.claim = claim;
        this.topics = new DueTopics(database, false);
        this.lock = " FROM " + database.name(Table.OUTBOX) + this.topics.due() + " LIMIT ? FOR UPDATE SKIP LOCKED";
        this.together = "WITH due AS (SELECT row_id, due_at, OCTET_LENGTH(payload) AS size" + this.lock
                + "), sums AS (SELECT row_id, size, SUM(size) OVER (ORDER BY due_at, row_id) AS total FROM due) "
                + claim.update() + "= ANY (ARRAY (SELECT row_id FROM sums WHERE total <= ? OR total = size))"
                + " RETURNING " + OutboxClaim.COLUMNS;
    }

    List<ClaimedRow> claim(Connection connection, int limit, OutboxScope scope) throws SQLException {
        List<ClaimedRow> found = new ArrayList<>();
        List<ClusterTopic> due = this.topics.in(connection, scope);
        for (int i = 0; i < due.size() && found.size() < limit; i++) {
            int left = due.size() - i;
            int rows = DueTopics.share(limit - found.size(), left);
            long bytes = (OutboxClaim.MOST_BYTES - bytes(found)) / left;
            found.addAll((this.dialect == Dialect.POSTGRESQL) ? inOneStatement(connection, due.get(i), rows, bytes)
                    : oneByOne(connection, due.get(i), rows, bytes));
        }
        return found;
    }

    private static long bytes(List<ClaimedRow> rows) {
        return rows.stream().mapToLong((row) -> (row.stored() != null) ? row.stored().payload().length : 0).sum();
    }

    private List<ClaimedRow> inOneStatement(Connection connection, ClusterTopic topic, int rows, long bytes)
            throws SQLException {
        long claimEnd = this.claim.end();
        List<ClaimedRow> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(this.together)) {
            int index = DueTopics.set(statement, 1, topic);
            statement.setInt(index, rows);
            statement.setLong(this.claim.set(statement, index + 1), bytes);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(this.claim.row(row, claimEnd));
                }
            }
        }
        found.sort(Comparator.comparingLong(ClaimedRow::rowId));
        return found;
    }

    private List<ClaimedRow> oneByOne(Connection connection, ClusterTopic topic, int rows, long bytes)
            throws SQLException {
        List<Long> found = new ArrayList<>();
        try (PreparedStatement statement = connection
            .prepareStatement("SELECT row_id, OCTET_LENGTH(payload)" + this.lock)) {
            statement.setInt(DueTopics.set(statement, 1, topic), rows);
            try (ResultSet row = statement.executeQuery()) {
                long left = bytes;
                while (row.next()) {
                    left -= row.getLong(2);
                    if (!found.isEmpty() && left < 0) {
                        break;
                    }
                    found.add(row.getLong(1));
                }
            }
        }
        return this.claim.take(connection, found);
    }

}

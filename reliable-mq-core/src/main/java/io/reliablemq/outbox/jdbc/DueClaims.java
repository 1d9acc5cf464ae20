package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.ClusterTopic;
import io.reliablemq.outbox.OutboxScope;

/**
 * Claims rows without an ordering key, skipping rows that others are claiming. Each topic
 * gets its share, of rows and of bytes. PostgreSQL finds, locks, claims and returns a
 * topic's rows in one statement.
 */
final class DueClaims {

    private final Dialect dialect;

    private final OutboxClaim claim;

    private final DueTopics topics;

    private final SqlStatement lock;

    private final SqlStatement together;

    DueClaims(JdbcDatabase database, OutboxClaim claim) {
        this.dialect = database.dialect();
        this.claim = claim;
        this.topics = new DueTopics(database, false);
        String lock = " FROM " + database.name(Table.OUTBOX) + this.topics.due() + " LIMIT ? FOR UPDATE SKIP LOCKED";
        this.lock = database.sql("SELECT row_id, OCTET_LENGTH(payload)" + lock);
        this.together = database.sql("WITH due AS (SELECT row_id, due_at, OCTET_LENGTH(payload) AS size" + lock
                + "), sums AS (SELECT row_id, size, SUM(size) OVER (ORDER BY due_at, row_id) AS total FROM due) "
                + claim.update() + "= ANY (ARRAY (SELECT row_id FROM sums WHERE total <= ? OR total = size))"
                + " RETURNING " + OutboxClaim.COLUMNS);
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
        List<ClaimedRow> found = this.together.list(connection,
                (parameters) -> this.claim.set(DueTopics.set(parameters, topic).number(rows)).number(bytes),
                (row) -> this.claim.row(row, claimEnd));
        found.sort(Comparator.comparingLong(ClaimedRow::rowId));
        return found;
    }

    private List<ClaimedRow> oneByOne(Connection connection, ClusterTopic topic, int rows, long bytes)
            throws SQLException {
        List<long[]> due = this.lock.list(connection, (parameters) -> DueTopics.set(parameters, topic).number(rows),
                (row) -> new long[] { row.getLong(1), row.getLong(2) });
        List<Long> found = new ArrayList<>();
        long left = bytes;
        for (long[] row : due) {
            left -= row[1];
            if (!found.isEmpty() && left < 0) {
                break;
            }
            found.add(row[0]);
        }
        return this.claim.take(connection, found);
    }

}

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.ClusterTopic;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxScope;

/**
 * Finds ordering keys with rows that are due and claims them. The claim of an ordering
 * key is that of its first row: whoever holds it also holds those that follow, whatever
 * they say. Rows of a key that cannot go yet are made due later, so that they don't stand
 * in the way of others.
 */
final class KeyClaims {

    private static final String KEY = " WHERE cluster = ? AND topic = ? AND ordering_key = ? AND status = 'PENDING'";

    private final Dialect dialect;

    private final OutboxClaim claim;

    private final DueTopics topics;

    private final SqlStatement dueKeys;

    private final SqlStatement select;

    private final SqlStatement postpone;

    KeyClaims(JdbcDatabase database, OutboxClaim claim) {
        this.dialect = database.dialect();
        this.claim = claim;
        this.topics = new DueTopics(database, true);
        String table = database.name(Table.OUTBOX);
        String now = this.dialect.now();
        this.dueKeys = database.sql("SELECT ordering_key FROM " + table + this.topics.due() + " LIMIT ?");
        this.select = database.sql("SELECT row_id, OCTET_LENGTH(payload), due_at - " + now
                + ", CASE WHEN owner IS NULL THEN 0 ELSE lease_until - " + now + " END FROM " + table + KEY
                + " ORDER BY key_sequence LIMIT ? FOR UPDATE");
        this.postpone = database.sql("UPDATE " + table + " SET due_at = " + now + " + ?" + KEY + " AND due_at <= "
                + this.dialect.statementTime());
    }

    Set<OrderingKey> find(Connection connection, int limit, OutboxScope scope) throws SQLException {
        Set<OrderingKey> keys = new LinkedHashSet<>();
        List<ClusterTopic> due = this.topics.in(connection, scope);
        int left = limit;
        for (int i = 0; i < due.size() && left > 0; i++) {
            ClusterTopic topic = due.get(i);
            int share = DueTopics.share(left, due.size() - i);
            List<Optional<OrderingKey>> some = this.dueKeys.list(connection,
                    (parameters) -> DueTopics.set(parameters, topic).number(share),
                    (row) -> Optional.ofNullable(this.dialect.getKey(row, 1))
                        .map((key) -> new OrderingKey(topic.cluster(), topic.topic(), key)));
            some.forEach((key) -> key.ifPresent(keys::add));
            left -= some.size();
        }
        return keys;
    }

    List<ClaimedRow> claim(Connection connection, OrderingKey key, int limit, boolean goOn) throws SQLException {
        // A claimed row is due when its claim ends.
        List<Waiting> waiting = this.select.list(connection, (parameters) -> setKey(parameters, key).number(limit),
                (row) -> new Waiting(row.getLong(1), row.getLong(2), row.getLong(goOn ? 4 : 3)));
        if (!waiting.isEmpty() && waiting.get(0).millis() > 0) {
            postpone(connection, key, waiting.get(0).millis());
            return List.of();
        }
        List<Long> found = new ArrayList<>();
        long left = OutboxClaim.MOST_BYTES;
        for (Waiting row : waiting) {
            left -= row.bytes();
            if (!found.isEmpty() && left < 0) {
                break;
            }
            found.add(row.rowId());
        }
        List<ClaimedRow> rows = this.claim.take(connection, found);
        if (found.size() == limit) {
            postpone(connection, key, this.claim.lease().toMillis());
        }
        return rows;
    }

    private void postpone(Connection connection, OrderingKey key, long millis) throws SQLException {
        this.postpone.update(connection, (parameters) -> setKey(parameters.number(millis), key));
    }

    private static SqlParameters setKey(SqlParameters parameters, OrderingKey key) throws SQLException {
        return parameters.text(key.cluster()).text(key.topic()).key(key.key());
    }

    /**
     * A row of an ordering key.
     *
     * @param rowId its number
     * @param bytes size of its payload
     * @param millis how long it has to wait
     */
    private record Waiting(long rowId, long bytes, long millis) {
    }

}

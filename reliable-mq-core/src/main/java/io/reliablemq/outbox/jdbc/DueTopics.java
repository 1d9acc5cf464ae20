package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.ClusterTopic;
import io.reliablemq.outbox.OutboxScope;
import org.jspecify.annotations.Nullable;

/**
 * Finds the topics that have rows waiting, from one to the next by the index, however
 * many rows each has; and the condition for rows of one topic that are due, oldest first.
 * So the rows of a topic that is left alone cost nothing.
 */
final class DueTopics {

    private static final int MOST = 1000;

    private final SqlStatement next;

    private final String due;

    DueTopics(JdbcDatabase database, boolean ordered) {
        String waiting = " WHERE status = 'PENDING' AND ordered = " + (ordered ? 1 : 0) + " AND cluster = ?";
        this.next = database.sql("SELECT topic FROM " + database.name(Table.OUTBOX) + waiting
                + " AND topic > ? ORDER BY status, ordered, cluster, topic LIMIT 1");
        this.due = waiting + " AND topic = ? AND due_at <= " + database.dialect().statementTime()
                + " ORDER BY status, ordered, cluster, topic, due_at";
    }

    /** In any order, so that none is always the last. */
    List<ClusterTopic> in(Connection connection, OutboxScope scope) throws SQLException {
        List<ClusterTopic> found = new ArrayList<>();
        for (String cluster : scope.clusters()) {
            String topic = next(connection, cluster, "");
            for (int i = 0; topic != null && i < MOST; i++) {
                ClusterTopic destination = new ClusterTopic(cluster, topic);
                if (!scope.paused().contains(destination)) {
                    found.add(destination);
                }
                topic = next(connection, cluster, topic);
            }
        }
        Collections.shuffle(found, ThreadLocalRandom.current());
        return found;
    }

    private @Nullable String next(Connection connection, String cluster, String after) throws SQLException {
        return this.next.first(connection, (parameters) -> parameters.text(cluster).text(after),
                (row) -> row.getString(1));
    }

    /** The condition; two parameters: cluster and topic. */
    String due() {
        return this.due;
    }

    static SqlParameters set(SqlParameters parameters, ClusterTopic destination) throws SQLException {
        return parameters.text(destination.cluster()).text(destination.topic());
    }

    /** What one topic gets of so many, if there are so many others after it. */
    static int share(int left, int topics) {
        return Math.max(1, left / topics);
    }

}

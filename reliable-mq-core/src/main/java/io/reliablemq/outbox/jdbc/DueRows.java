package io.reliablemq.outbox.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.outbox.Destination;
import io.reliablemq.outbox.OutboxScope;

/**
 * The condition for rows that are due, oldest first; an index finds them.
 */
final class DueRows {

    private final String condition;

    DueRows(Dialect dialect, boolean ordered) {
        this.condition = " WHERE status = 'PENDING' AND ordered = " + (ordered ? 1 : 0) + " AND due_at <= "
                + dialect.statementTime() + " AND cluster IN (";
    }

    String in(OutboxScope scope) {
        return this.condition + String.join(", ", Collections.nCopies(scope.clusters().size(), "?")) + ")"
                + " AND NOT (cluster = ? AND topic = ?)".repeat(scope.paused().size()) + " ORDER BY due_at";
    }

    /** Sets its parameters and says which index comes next. */
    static int set(PreparedStatement statement, int first, OutboxScope scope) throws SQLException {
        int index = first;
        for (String cluster : scope.clusters()) {
            statement.setString(index++, cluster);
        }
        for (Destination paused : scope.paused()) {
            statement.setString(index++, paused.cluster());
            statement.setString(index++, paused.topic());
        }
        return index;
    }

}

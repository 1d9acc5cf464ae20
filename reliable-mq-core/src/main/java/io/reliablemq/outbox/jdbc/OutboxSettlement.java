package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Writes what came of claims, fenced by owner and epoch.
 */
final class OutboxSettlement {

    private static final int LONGEST_ERROR = 1000;

    private static final String OWNED = " WHERE row_id = ? AND owner = ? AND epoch = ? AND status = 'PENDING'";

    private final String owner;

    private final String sent;

    private final @Nullable SentRows sentRows;

    private final String again;

    private final String parked;

    OutboxSettlement(JdbcDatabase database, String owner) {
        this.owner = owner;
        String update = "UPDATE " + database.name(Table.OUTBOX) + " SET owner = NULL, lease_until = 0, ";
        String now = database.dialect().now();
        String sentNow = "owner = NULL, lease_until = 0, status = 'SENT', attempts = attempts + 1, last_error = NULL,"
                + " sent_at = " + now;
        this.sent = "UPDATE " + database.name(Table.OUTBOX) + " SET " + sentNow
                + ", broker_name = ?, queue_id = ?, queue_offset = ?, send_status = ?" + OWNED;
        this.sentRows = (database.dialect() == Dialect.POSTGRESQL) ? new SentRows(database, owner, sentNow) : null;
        this.again = update + "due_at = " + now + " + ?, attempts = attempts + ?,"
                + " uncertain = CASE WHEN ? = 1 THEN 1 ELSE uncertain END, last_error = COALESCE(?, last_error)"
                + OWNED;
        this.parked = update + "status = 'PARKED', attempts = attempts + 1, last_error = ?" + OWNED;
    }

    int settle(Connection connection, Collection<OutboxOutcome> outcomes) throws SQLException {
        return markSent(connection, only(outcomes, OutboxOutcome.Sent.class))
                + settle(connection, this.again, only(outcomes, OutboxOutcome.Again.class), (statement, outcome) -> {
                    statement.setLong(1, outcome.delay().toMillis());
                    statement.setInt(2, outcome.attempts());
                    statement.setInt(3, outcome.uncertain() ? 1 : 0);
                    statement.setString(4, fit(outcome.error()));
                    return 5;
                })
                + settle(connection, this.parked, only(outcomes, OutboxOutcome.Parked.class), (statement, outcome) -> {
                    statement.setString(1, fit(outcome.reason()));
                    return 2;
                });
    }

    private int markSent(Connection connection, List<OutboxOutcome.Sent> outcomes) throws SQLException {
        if (this.sentRows != null && !outcomes.isEmpty()) {
            return this.sentRows.mark(connection, outcomes);
        }
        return settle(connection, this.sent, outcomes, (statement, outcome) -> {
            statement.setString(1, outcome.target().broker());
            statement.setInt(2, outcome.target().queueId());
            statement.setLong(3, outcome.queueOffset());
            statement.setString(4, outcome.status().name());
            return 5;
        });
    }

    private <T extends OutboxOutcome> int settle(Connection connection, String sql, List<T> outcomes, Values<T> values)
            throws SQLException {
        if (outcomes.isEmpty()) {
            return 0;
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (T outcome : outcomes) {
                OutboxEntry entry = outcome.entry();
                int next = values.set(statement, outcome);
                statement.setLong(next, entry.rowId());
                statement.setString(next + 1, this.owner);
                statement.setLong(next + 2, entry.epoch());
                statement.addBatch();
            }
            int refused = 0;
            for (int rows : statement.executeBatch()) {
                refused += (rows == 0) ? 1 : 0;
            }
            return refused;
        }
    }

    private static <T extends OutboxOutcome> List<T> only(Collection<OutboxOutcome> outcomes, Class<T> type) {
        return outcomes.stream().filter(type::isInstance).map(type::cast).toList();
    }

    static @Nullable String fit(@Nullable String text) {
        if (text == null) {
            return null;
        }
        // PostgreSQL stores no NUL.
        String clean = text.replace('\0', ' ');
        return (clean.length() > LONGEST_ERROR) ? clean.substring(0, LONGEST_ERROR) : clean;
    }

    /** Sets what is special about a kind of outcome. */
    @FunctionalInterface
    private interface Values<T> {

        int set(PreparedStatement statement, T outcome) throws SQLException;

    }

}

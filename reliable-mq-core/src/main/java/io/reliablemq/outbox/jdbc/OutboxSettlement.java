package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Writes the outcomes of claimed messages, fenced by owner and epoch.
 */
final class OutboxSettlement {

    private static final int LONGEST_ERROR = 1000;

    private static final String OWNED = " WHERE row_id = ? AND owner = ? AND epoch = ? AND status = 'PENDING'";

    private final String owner;

    private final SqlStatement sent;

    private final @Nullable SentRows sentRows;

    private final SqlStatement again;

    private final SqlStatement parked;

    OutboxSettlement(JdbcDatabase database, String owner) {
        this.owner = owner;
        String update = "UPDATE " + database.name(Table.OUTBOX) + " SET owner = NULL, lease_until = 0, ";
        String now = database.dialect().now();
        String sentNow = "owner = NULL, lease_until = 0, status = 'SENT', attempts = attempts + 1, last_error = NULL,"
                + " sent_at = " + now;
        this.sent = database.sql("UPDATE " + database.name(Table.OUTBOX) + " SET " + sentNow
                + ", broker_name = ?, queue_id = ?, queue_offset = ?, send_status = ?" + OWNED);
        this.sentRows = (database.dialect() == Dialect.POSTGRESQL) ? new SentRows(database, owner, sentNow) : null;
        this.again = database.sql(update + "due_at = " + now + " + ?, attempts = attempts + ?,"
                + " uncertain = CASE WHEN ? = 1 THEN 1 ELSE uncertain END, last_error = COALESCE(?, last_error)"
                + OWNED);
        this.parked = database.sql(update + "status = 'PARKED', attempts = attempts + 1, last_error = ?" + OWNED);
    }

    int settle(Connection connection, Collection<OutboxOutcome> outcomes) throws SQLException {
        return markSent(connection, only(outcomes, OutboxOutcome.Sent.class))
                + settle(connection, this.again, only(outcomes, OutboxOutcome.Again.class),
                        (parameters, outcome) -> parameters.number(outcome.delay().toMillis())
                            .number(outcome.attempts())
                            .number(outcome.uncertain() ? 1 : 0)
                            .text(fit(outcome.error())))
                + settle(connection, this.parked, only(outcomes, OutboxOutcome.Parked.class),
                        (parameters, outcome) -> parameters.text(fit(outcome.reason())));
    }

    private int markSent(Connection connection, List<OutboxOutcome.Sent> outcomes) throws SQLException {
        return (this.sentRows != null && !outcomes.isEmpty()) ? this.sentRows.mark(connection, outcomes)
                : settle(connection, this.sent, outcomes,
                        (parameters, outcome) -> parameters.text(outcome.target().broker())
                            .number(outcome.target().queueId())
                            .number(outcome.queueOffset())
                            .text(outcome.status().name()));
    }

    private <T extends OutboxOutcome> int settle(Connection connection, SqlStatement statement, List<T> outcomes,
            Values<T> values) throws SQLException {
        if (outcomes.isEmpty()) {
            return 0;
        }
        int[] rows = statement.batch(connection, outcomes.size(), (parameters, i) -> {
            OutboxEntry entry = outcomes.get(i).entry();
            values.set(parameters, outcomes.get(i));
            parameters.number(entry.rowId()).text(this.owner).number(entry.epoch());
        });
        return (int) Arrays.stream(rows).filter((each) -> each == 0).count();
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

        void set(SqlParameters parameters, T outcome) throws SQLException;

    }

}

package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxOutcome;

/**
 * Marks sent rows in one statement, however many they are: each row asks for its own
 * epoch. PostgreSQL only, which takes arrays. The status is not asked for: only pending
 * rows have an owner, and a database that has not counted its rows yet would look at all
 * pending ones instead of these.
 */
final class SentRows {

    private final String owner;

    private final String update;

    SentRows(JdbcDatabase database, String owner, String set) {
        this.owner = owner;
        String table = database.name(Table.OUTBOX);
        this.update = "UPDATE " + table + " SET " + set + ", broker_name = v.broker, queue_id = v.queue,"
                + " queue_offset = v.place, send_status = v.stored FROM unnest(CAST(? AS BIGINT[]),"
                + " CAST(? AS BIGINT[]), CAST(? AS VARCHAR[]), CAST(? AS INTEGER[]), CAST(? AS BIGINT[]),"
                + " CAST(? AS VARCHAR[])) AS v (id, claim, broker, queue, place, stored) WHERE " + table
                + ".row_id = v.id AND " + table + ".epoch = v.claim AND " + table + ".owner = ?";
    }

    /** Says how many were refused. */
    int mark(Connection connection, List<OutboxOutcome.Sent> sent) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.update)) {
            set(statement, 1, "bigint", sent, (each) -> each.entry().rowId());
            set(statement, 2, "bigint", sent, (each) -> each.entry().epoch());
            set(statement, 3, "varchar", sent, (each) -> each.target().broker());
            set(statement, 4, "integer", sent, (each) -> each.target().queueId());
            set(statement, 5, "bigint", sent, OutboxOutcome.Sent::queueOffset);
            set(statement, 6, "varchar", sent, (each) -> each.status().name());
            statement.setString(7, this.owner);
            return sent.size() - statement.executeUpdate();
        }
    }

    private static void set(PreparedStatement statement, int index, String type, List<OutboxOutcome.Sent> sent,
            Function<OutboxOutcome.Sent, Object> value) throws SQLException {
        statement.setArray(index, statement.getConnection().createArrayOf(type, sent.stream().map(value).toArray()));
    }

}

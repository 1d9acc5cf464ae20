package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement;
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

    private final SqlStatement update;

    SentRows(JdbcDatabase database, String owner, String set) {
        this.owner = owner;
        String table = database.name(Table.OUTBOX);
        this.update = database.sql("UPDATE " + table + " SET " + set + ", broker_name = v.broker, queue_id = v.queue,"
                + " queue_offset = v.place, send_status = v.stored FROM unnest(CAST(? AS BIGINT[]),"
                + " CAST(? AS BIGINT[]), CAST(? AS VARCHAR[]), CAST(? AS INTEGER[]), CAST(? AS BIGINT[]),"
                + " CAST(? AS VARCHAR[])) AS v (id, claim, broker, queue, place, stored) WHERE " + table
                + ".row_id = v.id AND " + table + ".epoch = v.claim AND " + table + ".owner = ?");
    }

    /** Says how many were refused. */
    int mark(Connection connection, List<OutboxOutcome.Sent> sent) throws SQLException {
        return sent.size() - this.update.update(connection,
                (parameters) -> parameters.array("bigint", sent, (each) -> each.entry().rowId())
                    .array("bigint", sent, (each) -> each.entry().epoch())
                    .array("varchar", sent, (each) -> each.target().broker())
                    .array("integer", sent, (each) -> each.target().queueId())
                    .array("bigint", sent, OutboxOutcome.Sent::queueOffset)
                    .array("varchar", sent, (each) -> each.status().name())
                    .text(this.owner));
    }

}

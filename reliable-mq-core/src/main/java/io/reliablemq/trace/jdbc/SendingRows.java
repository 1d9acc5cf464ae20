package io.reliablemq.trace.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;

import io.reliablemq.trace.Sending;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of outbox and ledger.
 */
final class SendingRows {

    private static final String BOTH = "message_id, id_space, uniq_key, topic, tag, uncertain, deliver_at, sent_at, broker_name,"
            + " queue_id, queue_offset, send_status, resends";

    static final String LEDGER = BOTH;

    static final String OUTBOX = BOTH + ", status, attempts, created_at, last_error";

    private SendingRows() {
    }

    static Sending ofOutbox(ResultSet row) throws SQLException {
        return read("outbox", row, row.getString("status"), row.getInt("attempts"), time(row, "created_at"),
                row.getString("last_error"));
    }

    static Sending ofLedger(ResultSet row) throws SQLException {
        return read("ledger", row, "SENT", 0, null, null);
    }

    private static Sending read(String source, ResultSet row, String status, int attempts, @Nullable Instant createdAt,
            @Nullable String lastError) throws SQLException {
        long queue = row.getLong("queue_id");
        Integer queueId = row.wasNull() ? null : (int) queue;
        long offset = row.getLong("queue_offset");
        Long queueOffset = row.wasNull() ? null : offset;
        return new Sending(source, row.getLong("message_id"), GroupRows.space(row), row.getString("uniq_key"),
                row.getString("topic"), row.getString("tag"), status, attempts, row.getInt("uncertain") != 0, createdAt,
                time(row, "deliver_at"), time(row, "sent_at"), row.getString("broker_name"), queueId, queueOffset,
                row.getString("send_status"), row.getInt("resends"), lastError);
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

}

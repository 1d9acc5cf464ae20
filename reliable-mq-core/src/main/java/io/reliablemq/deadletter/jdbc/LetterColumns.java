package io.reliablemq.deadletter.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetterStoreException;
import io.reliablemq.deadletter.DeliveryOrigin;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.message.StoredMessage;

/**
 * Maps rows of dead letters to objects.
 */
final class LetterColumns {

    /** All but the content. */
    static final String HEAD = "row_id, consumer_group, identity, message_id, topic, tag, message_keys, ordering_key,"
            + " uniq_key, status, reason, failures, postponements, exception, exception_message, parked_at, updated_at,"
            + " parkings, replays, owner, epoch, lease_until, changed_by, note, id_space, cluster";

    static final int HEAD_COUNT = 26;

    /** Where the payload is among the columns of the message. */
    private static final int PAYLOAD = 8;

    /** What comes with the message. */
    static final String ORIGIN = "broker_name, queue_id, queue_offset, born_at, stored_at, reconsume_times, stack_trace";

    /** Everything. */
    static final String ALL = HEAD + ", " + MessageColumns.NAMES + ", " + ORIGIN;

    private final Dialect dialect;

    private final MessageColumns messages;

    LetterColumns(Dialect dialect, MessageColumns messages) {
        this.dialect = dialect;
        this.messages = messages;
    }

    DeadLetter head(ResultSet row) throws SQLException {
        long id = row.getLong(1);
        String keys = row.getString(7);
        return new DeadLetter(id,
                new RecordKey(Objects.requireNonNull(this.dialect.getKey(row, 2)),
                        Objects.requireNonNull(this.dialect.getKey(row, 3)), MessageColumns.number(row, 4),
                        MessageColumns.space(row, 25), null),
                row.getString(5), row.getString(6),
                (keys != null && !keys.isEmpty()) ? List.of(keys.split(" ")) : List.of(), this.dialect.getKey(row, 8),
                row.getString(9), valueOf(DeadLetterStatus.class, row.getString(10), id),
                valueOf(ParkingReason.class, row.getString(11), id), row.getInt(12), row.getInt(13), row.getString(14),
                row.getString(15), Instant.ofEpochMilli(row.getLong(16)), Instant.ofEpochMilli(row.getLong(17)),
                row.getInt(18), row.getInt(19),
                new DeadLetter.Replay(row.getString(20), row.getLong(21), Instant.ofEpochMilli(row.getLong(22))),
                row.getString(23), row.getString(24), row.getString(26));
    }

    DeadLetterDetails details(ResultSet row) throws SQLException {
        int origin = HEAD_COUNT + MessageColumns.COUNT + 1;
        boolean complete = row.getBytes(HEAD_COUNT + PAYLOAD) != null;
        DeadLetter letter = head(row);
        StoredMessage message;
        try {
            message = this.messages.read(row, HEAD_COUNT + 1);
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException("The payload of dead letter " + letter.id() + " of consumer group '"
                    + letter.key().group() + "' cannot be decoded: give the PayloadCodec the key it was written with,"
                    + " or discard the letter.", ex);
        }
        return new DeadLetterDetails(letter, LetterForm.restore(message),
                new DeliveryOrigin(row.getString(origin), row.getInt(origin + 1), row.getLong(origin + 2),
                        MessageColumns.time(row, origin + 3), MessageColumns.time(row, origin + 4),
                        row.getInt(origin + 5)),
                row.getString(origin + 6), complete);
    }

    // Written by a later version, or by hand.
    static <E extends Enum<E>> E valueOf(Class<E> type, String name, long id) {
        try {
            return Enum.valueOf(type, name);
        }
        catch (IllegalArgumentException ex) {
            throw new DeadLetterStoreException("Dead letter " + id + " has the " + type.getSimpleName() + " '" + name
                    + "', which this version does not know. Use the same version of the library on all instances, or"
                    + " correct the row.", ex);
        }
    }

}

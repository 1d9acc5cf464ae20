package io.reliablemq.deadletter.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeliveryOrigin;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlParameters;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * SQL statements on a single dead letter. Each runs once, on the caller's connection.
 */
final class LetterRows {

    static final int WAIT_SECONDS = 5;

    private static final int LONGEST_NOTE = 1000;

    private static final String KEY = " WHERE cluster = ? AND consumer_group = ? AND identity = ?";

    private static final String ID = " WHERE row_id = ?";

    private final LetterColumns columns;

    private final SqlStatement insert;

    private final SqlStatement existing;

    private final SqlStatement replace;

    private final SqlStatement parkAgain;

    private final SqlStatement failAgain;

    private final SqlStatement fill;

    private final SqlStatement read;

    private final SqlStatement readDetails;

    private final SqlStatement change;

    private final SqlStatement takeBack;

    private final SqlStatement claim;

    private final SqlStatement prolong;

    private final SqlStatement postponements;

    private final SqlStatement waiting;

    private final SqlStatement forgetAttempts;

    LetterRows(JdbcDatabase database, PayloadCodec codec) {
        Dialect dialect = database.dialect();
        this.columns = new LetterColumns(dialect, new MessageColumns(dialect, codec));
        String table = database.name(Table.DEAD_LETTER);
        String now = dialect.now();
        this.insert = database
            .sql("INSERT INTO " + table + " (consumer_group, identity, " + MessageColumns.SPACE + ", "
                    + MessageColumns.NAMES + ", failures, postponements, reason, exception, exception_message, "
                    + LetterColumns.ORIGIN + ", note, row_id, status, parked_at, updated_at) VALUES (?, ?, ?, "
                    + MessageColumns.PLACEHOLDERS + ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'PARKED', " + now
                    + ", " + now + ")" + dialect.unlessExists("cluster, consumer_group, identity"))
            .waitingAtMost(WAIT_SECONDS);
        String message = MessageColumns.SPACE + " = ?, " + MessageColumns.NAMES.replace(",", " = ?,") + " = ?";
        String failure = "failures = ?, postponements = ?, reason = ?, exception = ?,"
                + " exception_message = ?, broker_name = ?, queue_id = ?, queue_offset = ?, born_at = ?,"
                + " stored_at = ?, reconsume_times = ?, stack_trace = ?, note = ?, status = 'PARKED', owner = NULL,"
                + " lease_until = 0, updated_at = " + now + ", parkings = parkings + 1, changed_by = NULL";
        this.existing = database.sql("SELECT row_id, status, message_id, uniq_key, broker_name, queue_id, queue_offset,"
                + " CASE WHEN payload IS NULL THEN 0 ELSE 1 END FROM " + table + KEY);
        this.replace = database
            .sql("UPDATE " + table + " SET " + message + ", " + failure + ", parked_at = " + now + ID)
            .waitingAtMost(WAIT_SECONDS);
        this.parkAgain = database.sql("UPDATE " + table + " SET " + message + ", " + failure + ID)
            .waitingAtMost(WAIT_SECONDS);
        this.failAgain = database.sql("UPDATE " + table + " SET " + failure + ID).waitingAtMost(WAIT_SECONDS);
        this.fill = database.sql("UPDATE " + table + " SET " + message + ", note = ?, updated_at = " + now + ID)
            .waitingAtMost(WAIT_SECONDS);
        this.read = database.sql("SELECT " + LetterColumns.HEAD + ", " + now + " FROM " + table + ID);
        this.readDetails = database.sql("SELECT " + LetterColumns.ALL + " FROM " + table + ID);
        String update = "UPDATE " + table + " SET ";
        String unchanged = ID + " AND status = ? AND epoch = ?";
        // Where a missing payload is stays to be seen.
        this.takeBack = database
            .sql(update + "status = ?, note = CASE WHEN payload IS NULL THEN note ELSE ? END, changed_by = ?,"
                    + " owner = NULL, lease_until = 0, updated_at = " + now + unchanged)
            .waitingAtMost(WAIT_SECONDS);
        this.change = database
            .sql(update + "status = ?, note = ?, changed_by = ?, owner = NULL, lease_until = 0, updated_at = " + now
                    + unchanged)
            .waitingAtMost(WAIT_SECONDS);
        this.claim = database
            .sql(update + "status = 'REPLAYING', owner = ?, changed_by = ?, epoch = epoch + 1, lease_until = " + now
                    + " + ?, replays = replays + 1, updated_at = " + now
                    + ", note = CASE WHEN payload IS NULL THEN note END" + unchanged)
            .waitingAtMost(WAIT_SECONDS);
        this.prolong = database
            .sql(update + "owner = NULL, lease_until = " + now + " + ?, updated_at = " + now + unchanged)
            .waitingAtMost(WAIT_SECONDS);
        String attempts = database.name(Table.ATTEMPT);
        String attempt = " WHERE consumer_group = ? AND identity = ?";
        this.postponements = database.sql("SELECT postponements FROM " + attempts + attempt);
        this.waiting = database.sql("SELECT next_due - " + now + " FROM " + attempts + attempt);
        this.forgetAttempts = database.sql("DELETE FROM " + attempts + attempt).waitingAtMost(WAIT_SECONDS);
    }

    /** Whether it was inserted; not if there is a letter of the same identity. */
    boolean insert(Connection connection, long id, Parking parking, LetterForm form, int postponements)
            throws SQLException {
        return this.insert.insert(connection, (parameters) -> {
            setMessage(setKey(parameters, parking.key()), form);
            setFailure(parameters, parking, form, postponements).text(note(form.note())).number(id);
        });
    }

    /** The letter of that identity; {@code null} if there is none. Takes no lock. */
    @Nullable Existing existing(Connection connection, Parking parking) throws SQLException {
        return this.existing.first(connection,
                (parameters) -> setKey(parameters.text(parking.message().cluster()), parking.key()),
                (row) -> new Existing(row.getLong(1), row.getString(2), MessageColumns.number(row, 3), row.getString(4),
                        row.getString(5) + ", queue " + row.getInt(6) + ", offset " + row.getLong(7),
                        row.getInt(8) == 1));
    }

    /**
     * Whether the letter is still there. It takes the new message; the payload that it
     * has of the same one stays where the new delivery is without.
     */
    boolean parkAgain(Connection connection, Existing existing, Parking parking, LetterForm form, int postponements)
            throws SQLException {
        boolean same = existing.isOf(form.message());
        boolean keepsPayload = same && existing.complete() && form.payload() == null;
        String note = same ? keepsPayload ? null : form.note() : join(form.note(), existing.describe());
        return (keepsPayload ? this.failAgain : same ? this.parkAgain : this.replace).update(connection,
                (parameters) -> {
                    if (!keepsPayload) {
                        setMessage(parameters, form);
                    }
                    setFailure(parameters, parking, form, postponements).text(note(note)).number(existing.id());
                }) == 1;
    }

    /** Gives the letter the payload that it is without. Whether it is still there. */
    boolean fill(Connection connection, Existing existing, LetterForm form) throws SQLException {
        return this.fill.update(connection,
                (parameters) -> setMessage(parameters, form).text(note(form.note())).number(existing.id())) == 1;
    }

    private static String join(@Nullable String note, String other) {
        return (note != null) ? note + " " + other : other;
    }

    /** As it is, with the database's time. */
    @Nullable Seen read(Connection connection, long id) throws SQLException {
        return this.read.first(connection, (parameters) -> parameters.number(id),
                (row) -> new Seen(this.columns.head(row),
                        Instant.ofEpochMilli(row.getLong(LetterColumns.HEAD_COUNT + 1))));
    }

    @Nullable DeadLetterDetails readDetails(Connection connection, long id) throws SQLException {
        return this.readDetails.first(connection, (parameters) -> parameters.number(id), this.columns::details);
    }

    /** Whether the letter was still as it was seen. */
    boolean change(Connection connection, DeadLetter seen, DeadLetterStatus status, @Nullable String note,
            @Nullable String by) throws SQLException {
        return ((status == DeadLetterStatus.PARKED) ? this.takeBack : this.change).update(connection,
                (parameters) -> setSeen(
                        parameters.text(status.name()).text(note(note)).text(LetterText.cut(by, LetterText.SHORT)),
                        seen)) == 1;
    }

    /** Whether the letter was still as it was seen. */
    boolean claim(Connection connection, DeadLetter seen, String owner, @Nullable String by, Duration lease)
            throws SQLException {
        return this.claim.update(connection,
                (parameters) -> setSeen(
                        parameters.text(owner).text(LetterText.cut(by, LetterText.SHORT)).number(lease.toMillis()),
                        seen)) == 1;
    }

    /** Whether that replay was still under way. */
    boolean prolong(Connection connection, long id, long epoch, long millis) throws SQLException {
        return this.prolong.update(connection,
                (parameters) -> parameters.number(millis)
                    .number(id)
                    .text(DeadLetterStatus.REPLAYING.name())
                    .number(epoch)) == 1;
    }

    int postponements(Connection connection, RecordKey key) throws SQLException {
        Long count = this.postponements.number(connection, (parameters) -> setKey(parameters, key));
        return (count != null) ? count.intValue() : 0;
    }

    /** How long the next attempt is away, in ms; {@code null} if none failed before. */
    @Nullable Long waiting(Connection connection, RecordKey key) throws SQLException {
        return this.waiting.number(connection, (parameters) -> setKey(parameters, key));
    }

    void forgetAttempts(Connection connection, RecordKey key) throws SQLException {
        this.forgetAttempts.update(connection, (parameters) -> setKey(parameters, key));
    }

    private static SqlParameters setKey(SqlParameters parameters, RecordKey key) throws SQLException {
        return parameters.key(key.group()).key(key.identity());
    }

    private static SqlParameters setMessage(SqlParameters parameters, LetterForm form) throws SQLException {
        return parameters.space(form.message().space()).message(form.message(), form.payload(), form.encoding());
    }

    private static @Nullable String note(@Nullable String note) {
        return LetterText.cut(note, LONGEST_NOTE);
    }

    private static void setSeen(SqlParameters parameters, DeadLetter seen) throws SQLException {
        parameters.number(seen.id()).text(seen.status().name()).number(seen.replay().epoch());
    }

    private static SqlParameters setFailure(SqlParameters parameters, Parking parking, LetterForm form,
            int postponements) throws SQLException {
        ParkingFailure failure = form.failure();
        DeliveryOrigin origin = parking.origin();
        return parameters.number(parking.failures())
            .number(postponements)
            .text(parking.reason().name())
            .text(failure.exception())
            .text(failure.message())
            .text(LetterText.cleanShort(origin.brokerName()))
            .number(origin.queueId())
            .number(origin.queueOffset())
            .time(origin.bornAt())
            .time(origin.storedAt())
            .number(origin.reconsumeTimes())
            .text(failure.stackTrace());
    }

    /**
     * A letter that is there already.
     *
     * @param id its number
     * @param status where it stands
     * @param messageId id of its message
     * @param uniqKey UNIQ_KEY of its message, as it is shown
     * @param place where its message was delivered from
     * @param complete whether it has the payload
     */
    record Existing(long id, String status, @Nullable Long messageId, @Nullable String uniqKey, String place,
            boolean complete) {

        boolean isOver() {
            return DeadLetterStatus.RESOLVED.name().equals(this.status)
                    || DeadLetterStatus.DISCARDED.name().equals(this.status);
        }

        boolean isOf(StoredMessage message) {
            return Objects.equals(this.messageId, message.id()) && Objects.equals(this.uniqKey, message.uniqKey());
        }

        String describe() {
            return "Before, this letter was " + this.status + " and held another message of the same identity: id "
                    + this.messageId + ", UNIQ_KEY " + this.uniqKey + ", delivered from " + this.place + ".";
        }

    }

    /**
     * A letter at a time.
     *
     * @param letter the letter
     * @param now the database's time
     */
    record Seen(DeadLetter letter, Instant now) {

        boolean isOverdue() {
            return this.letter.status() == DeadLetterStatus.REPLAYING
                    && !this.letter.replay().until().isAfter(this.now);
        }

    }

}

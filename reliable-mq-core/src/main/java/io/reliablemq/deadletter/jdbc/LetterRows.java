package io.reliablemq.deadletter.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.Table;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * The statements on single letters. Each runs once, on the caller's connection.
 */
final class LetterRows {

    static final int WAIT_SECONDS = 5;

    private static final int LONGEST_NOTE = 1000;

    /** Where the payload is among the columns of the message, its space first. */
    private static final int PAYLOAD = 8;

    private static final String KEY = " WHERE cluster = ? AND consumer_group = ? AND identity = ?";

    private static final String ID = " WHERE row_id = ?";

    private final Dialect dialect;

    private final MessageColumns messages;

    private final LetterColumns columns;

    private final String insert;

    private final String existing;

    private final String replace;

    private final String parkAgain;

    private final String failAgain;

    private final String fill;

    private final String read;

    private final String readDetails;

    private final String change;

    private final String takeBack;

    private final String claim;

    private final String prolong;

    private final String postponements;

    private final String waiting;

    private final String forgetAttempts;

    LetterRows(JdbcDatabase database, PayloadCodec codec) {
        this.dialect = database.dialect();
        this.messages = new MessageColumns(this.dialect, PayloadCodec.plain());
        this.columns = new LetterColumns(this.dialect, new MessageColumns(this.dialect, codec));
        String table = database.name(Table.DEAD_LETTER);
        String now = this.dialect.now();
        this.insert = "INSERT INTO " + table + " (consumer_group, identity, " + MessageColumns.SPACE + ", "
                + MessageColumns.NAMES + ", failures, postponements, reason, exception, exception_message, "
                + LetterColumns.ORIGIN + ", note, row_id, status, parked_at, updated_at) VALUES (?, ?, ?, "
                + MessageColumns.PLACEHOLDERS + ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'PARKED', " + now + ", "
                + now + ")" + (this.dialect.errorsAbortTransactions()
                        ? " ON CONFLICT (cluster, consumer_group, identity) DO NOTHING" : "");
        String message = MessageColumns.SPACE + " = ?, " + MessageColumns.NAMES.replace(",", " = ?,") + " = ?";
        String failure = "failures = ?, postponements = ?, reason = ?, exception = ?,"
                + " exception_message = ?, broker_name = ?, queue_id = ?, queue_offset = ?, born_at = ?,"
                + " stored_at = ?, reconsume_times = ?, stack_trace = ?, note = ?, status = 'PARKED', owner = NULL,"
                + " lease_until = 0, updated_at = " + now + ", parkings = parkings + 1, changed_by = NULL";
        this.existing = "SELECT row_id, status, message_id, uniq_key, broker_name, queue_id, queue_offset,"
                + " CASE WHEN payload IS NULL THEN 0 ELSE 1 END FROM " + table + KEY;
        this.replace = "UPDATE " + table + " SET " + message + ", " + failure + ", parked_at = " + now + ID;
        this.parkAgain = "UPDATE " + table + " SET " + message + ", " + failure + ID;
        this.failAgain = "UPDATE " + table + " SET " + failure + ID;
        this.fill = "UPDATE " + table + " SET " + message + ", note = ?, updated_at = " + now + ID;
        this.read = "SELECT " + LetterColumns.HEAD + ", " + now + " FROM " + table + ID;
        this.readDetails = "SELECT " + LetterColumns.ALL + " FROM " + table + ID;
        String update = "UPDATE " + table + " SET ";
        String unchanged = ID + " AND status = ? AND epoch = ?";
        // Where a missing payload is stays to be seen.
        this.takeBack = update + "status = ?, note = CASE WHEN payload IS NULL THEN note ELSE ? END, changed_by = ?,"
                + " owner = NULL, lease_until = 0, updated_at = " + now + unchanged;
        this.change = update + "status = ?, note = ?, changed_by = ?, owner = NULL, lease_until = 0, updated_at = "
                + now + unchanged;
        this.claim = update + "status = 'REPLAYING', owner = ?, changed_by = ?, epoch = epoch + 1, lease_until = " + now
                + " + ?, replays = replays + 1, updated_at = " + now
                + ", note = CASE WHEN payload IS NULL THEN note END" + unchanged;
        this.prolong = update + "owner = NULL, lease_until = " + now + " + ?, updated_at = " + now + unchanged;
        String attempts = database.name(Table.ATTEMPT);
        String attempt = " WHERE consumer_group = ? AND identity = ?";
        this.postponements = "SELECT postponements FROM " + attempts + attempt;
        this.waiting = "SELECT next_due - " + now + " FROM " + attempts + attempt;
        this.forgetAttempts = "DELETE FROM " + attempts + attempt;
    }

    /** Whether it was inserted; not if there is a letter of the same identity. */
    boolean insert(Connection connection, long id, Parking parking, LetterForm form, int postponements)
            throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.insert, WAIT_SECONDS)) {
            setKey(statement, 1, parking.key());
            int index = setFailure(statement, setMessage(statement, 3, form), parking, form, postponements);
            setNote(statement, index, form.note());
            statement.setLong(index + 1, id);
            int rows = statement.executeUpdate();
            return !this.dialect.errorsAbortTransactions() || rows == 1;
        }
        catch (SQLException ex) {
            if (this.dialect.classify(ex) == SqlFailure.DUPLICATE_KEY && !this.dialect.errorsAbortTransactions()) {
                return false;
            }
            throw ex;
        }
    }

    /** The letter of that identity; {@code null} if there is none. Takes no lock. */
    @Nullable Existing existing(Connection connection, Parking parking) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.existing)) {
            statement.setString(1, parking.message().cluster());
            setKey(statement, 2, parking.key());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Existing(row.getLong(1), row.getString(2), LetterColumns.getLong(row, 3),
                        row.getString(4), row.getString(5) + ", queue " + row.getInt(6) + ", offset " + row.getLong(7),
                        row.getInt(8) == 1) : null;
            }
        }
    }

    /**
     * Whether the letter is still there. It takes the new message; the payload that it
     * has of the same one stays where the new delivery is without.
     */
    boolean parkAgain(Connection connection, Existing existing, Parking parking, LetterForm form, int postponements)
            throws SQLException {
        boolean same = existing.isOf(form.message());
        boolean keepsPayload = same && existing.complete() && form.payload() == null;
        String sql = keepsPayload ? this.failAgain : same ? this.parkAgain : this.replace;
        String note = same ? keepsPayload ? null : form.note() : join(form.note(), existing.describe());
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, WAIT_SECONDS)) {
            int index = setFailure(statement, keepsPayload ? 1 : setMessage(statement, 1, form), parking, form,
                    postponements);
            setNote(statement, index, note);
            statement.setLong(index + 1, existing.id());
            return statement.executeUpdate() == 1;
        }
    }

    /** Gives the letter the payload that it is without. Whether it is still there. */
    boolean fill(Connection connection, Existing existing, LetterForm form) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.fill, WAIT_SECONDS)) {
            int index = setMessage(statement, 1, form);
            setNote(statement, index, form.note());
            statement.setLong(index + 1, existing.id());
            return statement.executeUpdate() == 1;
        }
    }

    private static String join(@Nullable String note, String other) {
        return (note != null) ? note + " " + other : other;
    }

    /** As it is, with the database's time. */
    @Nullable Seen read(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.read)) {
            statement.setLong(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Seen(this.columns.head(row),
                        Instant.ofEpochMilli(row.getLong(LetterColumns.HEAD_COUNT + 1))) : null;
            }
        }
    }

    @Nullable DeadLetterDetails readDetails(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.readDetails)) {
            statement.setLong(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? this.columns.details(row) : null;
            }
        }
    }

    /** Whether the letter was still as it was seen. */
    boolean change(Connection connection, DeadLetter seen, DeadLetterStatus status, @Nullable String note,
            @Nullable String by) throws SQLException {
        String sql = (status == DeadLetterStatus.PARKED) ? this.takeBack : this.change;
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, WAIT_SECONDS)) {
            statement.setString(1, status.name());
            setNote(statement, 2, note);
            statement.setString(3, LetterText.cut(by, LetterText.SHORT));
            setSeen(statement, 4, seen);
            return statement.executeUpdate() == 1;
        }
    }

    /** Whether the letter was still as it was seen. */
    boolean claim(Connection connection, DeadLetter seen, String owner, @Nullable String by, Duration lease)
            throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.claim, WAIT_SECONDS)) {
            statement.setString(1, owner);
            statement.setString(2, LetterText.cut(by, LetterText.SHORT));
            statement.setLong(3, lease.toMillis());
            setSeen(statement, 4, seen);
            return statement.executeUpdate() == 1;
        }
    }

    /** Whether that replay was still under way. */
    boolean prolong(Connection connection, long id, long epoch, long millis) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.prolong, WAIT_SECONDS)) {
            statement.setLong(1, millis);
            statement.setLong(2, id);
            statement.setString(3, DeadLetterStatus.REPLAYING.name());
            statement.setLong(4, epoch);
            return statement.executeUpdate() == 1;
        }
    }

    int postponements(Connection connection, RecordKey key) throws SQLException {
        Long count = ask(connection, this.postponements, key);
        return (count != null) ? count.intValue() : 0;
    }

    /** How long the next attempt is away, in ms; {@code null} if none failed before. */
    @Nullable Long waiting(Connection connection, RecordKey key) throws SQLException {
        return ask(connection, this.waiting, key);
    }

    void forgetAttempts(Connection connection, RecordKey key) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.forgetAttempts,
                WAIT_SECONDS)) {
            setKey(statement, 1, key);
            statement.executeUpdate();
        }
    }

    private @Nullable Long ask(Connection connection, String sql, RecordKey key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            setKey(statement, 1, key);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : null;
            }
        }
    }

    private void setKey(PreparedStatement statement, int index, RecordKey key) throws SQLException {
        this.dialect.setKey(statement, index, key.group());
        this.dialect.setKey(statement, index + 1, key.identity());
    }

    /** Index of the next parameter. */
    private int setMessage(PreparedStatement statement, int index, LetterForm form) throws SQLException {
        statement.setString(index, MessageColumns.space(form.message().space()));
        this.messages.set(statement, index + 1, form.message());
        statement.setBytes(index + PAYLOAD, form.payload());
        statement.setString(index + PAYLOAD + 1, form.encoding());
        return index + 1 + MessageColumns.COUNT;
    }

    private static void setNote(PreparedStatement statement, int index, @Nullable String note) throws SQLException {
        statement.setString(index, LetterText.cut(note, LONGEST_NOTE));
    }

    private static void setSeen(PreparedStatement statement, int index, DeadLetter seen) throws SQLException {
        statement.setLong(index, seen.id());
        statement.setString(index + 1, seen.status().name());
        statement.setLong(index + 2, seen.replay().epoch());
    }

    /** Index of the next parameter. */
    private static int setFailure(PreparedStatement statement, int index, Parking parking, LetterForm form,
            int postponements) throws SQLException {
        ParkingFailure failure = form.failure();
        statement.setInt(index, parking.failures());
        statement.setInt(index + 1, postponements);
        statement.setString(index + 2, parking.reason().name());
        statement.setString(index + 3, failure.exception());
        statement.setString(index + 4, failure.message());
        statement.setString(index + 5, LetterText.cleanShort(parking.origin().brokerName()));
        statement.setInt(index + 6, parking.origin().queueId());
        statement.setLong(index + 7, parking.origin().queueOffset());
        setTime(statement, index + 8, parking.origin().bornAt());
        setTime(statement, index + 9, parking.origin().storedAt());
        statement.setInt(index + 10, parking.origin().reconsumeTimes());
        statement.setString(index + 11, failure.stackTrace());
        return index + 12;
    }

    private static void setTime(PreparedStatement statement, int index, @Nullable Instant time) throws SQLException {
        if (time != null) {
            statement.setLong(index, time.toEpochMilli());
        }
        else {
            statement.setNull(index, Types.BIGINT);
        }
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

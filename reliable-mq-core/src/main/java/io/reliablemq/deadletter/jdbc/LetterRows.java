package io.reliablemq.deadletter.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;

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
import org.jspecify.annotations.Nullable;

/**
 * The statements on single letters. Each runs once, on the caller's connection.
 */
final class LetterRows {

    static final int WAIT_SECONDS = 5;

    private static final int LONGEST_NOTE = 1000;

    private static final int LONGEST_NAME = 255;

    private static final String KEY = " WHERE cluster = ? AND consumer_group = ? AND identity = ?";

    private static final String ID = " WHERE row_id = ?";

    private final Dialect dialect;

    private final MessageColumns messages;

    private final LetterColumns columns;

    private final String insert;

    private final String parkAgain;

    private final String read;

    private final String readDetails;

    private final String change;

    private final String claim;

    private final String prolong;

    private final String postponements;

    private final String waiting;

    private final String forgetAttempts;

    LetterRows(JdbcDatabase database, PayloadCodec codec) {
        this.dialect = database.dialect();
        this.messages = new MessageColumns(this.dialect, codec);
        this.columns = new LetterColumns(this.dialect, this.messages);
        String table = database.name(Table.DEAD_LETTER);
        String now = this.dialect.now();
        this.insert = "INSERT INTO " + table + " (consumer_group, identity, " + MessageColumns.SPACE + ", "
                + MessageColumns.NAMES + ", failures, postponements, reason, exception, exception_message, "
                + LetterColumns.ORIGIN + ", row_id, status, parked_at, updated_at) VALUES (?, ?, ?, "
                + MessageColumns.PLACEHOLDERS + ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'PARKED', " + now + ", " + now
                + ")" + (this.dialect.errorsAbortTransactions()
                        ? " ON CONFLICT (cluster, consumer_group, identity) DO NOTHING" : "");
        this.parkAgain = "UPDATE " + table + " SET failures = ?, postponements = ?, reason = ?, exception = ?,"
                + " exception_message = ?, broker_name = ?, queue_id = ?, queue_offset = ?, born_at = ?,"
                + " stored_at = ?, reconsume_times = ?, stack_trace = ?, status = 'PARKED', owner = NULL,"
                + " lease_until = 0, updated_at = " + now + ", parkings = parkings + 1, changed_by = NULL, note = NULL"
                + KEY;
        this.read = "SELECT " + LetterColumns.HEAD + ", " + now + " FROM " + table + ID;
        this.readDetails = "SELECT " + LetterColumns.ALL + " FROM " + table + ID;
        String update = "UPDATE " + table + " SET ";
        String unchanged = ID + " AND status = ? AND epoch = ?";
        this.change = update + "status = ?, note = ?, changed_by = ?, owner = NULL, lease_until = 0, updated_at = "
                + now + unchanged;
        this.claim = update + "status = 'REPLAYING', owner = ?, changed_by = ?, epoch = epoch + 1, lease_until = " + now
                + " + ?, replays = replays + 1, updated_at = " + now + ", note = NULL" + unchanged;
        this.prolong = update + "owner = NULL, lease_until = " + now + " + ?, updated_at = " + now + unchanged;
        String attempts = database.name(Table.ATTEMPT);
        String attempt = " WHERE consumer_group = ? AND identity = ?";
        this.postponements = "SELECT postponements FROM " + attempts + attempt;
        this.waiting = "SELECT next_due - " + now + " FROM " + attempts + attempt;
        this.forgetAttempts = "DELETE FROM " + attempts + attempt;
    }

    /** Whether it was inserted; not if there is a letter of the same identity. */
    boolean insert(Connection connection, long id, Parking parking, int postponements) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.insert, WAIT_SECONDS)) {
            setKey(statement, 1, parking.key());
            statement.setString(3, MessageColumns.space(parking.message().space()));
            this.messages.set(statement, 4, parking.message());
            setFailure(statement, 4 + MessageColumns.COUNT, parking, postponements);
            statement.setLong(16 + MessageColumns.COUNT, id);
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

    /** Whether there is a letter of that identity. */
    boolean parkAgain(Connection connection, Parking parking, int postponements) throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.parkAgain,
                WAIT_SECONDS)) {
            setFailure(statement, 1, parking, postponements);
            statement.setString(13, parking.message().cluster());
            setKey(statement, 14, parking.key());
            return statement.executeUpdate() == 1;
        }
    }

    /** As it is, with the database's time. */
    @Nullable Seen read(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.read)) {
            statement.setLong(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Seen(this.columns.head(row), Instant.ofEpochMilli(row.getLong(26))) : null;
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
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.change, WAIT_SECONDS)) {
            statement.setString(1, status.name());
            statement.setString(2, fit(note, LONGEST_NOTE));
            statement.setString(3, fit(by, LONGEST_NAME));
            setSeen(statement, 4, seen);
            return statement.executeUpdate() == 1;
        }
    }

    /** Whether the letter was still as it was seen. */
    boolean claim(Connection connection, DeadLetter seen, String owner, @Nullable String by, Duration lease)
            throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, this.claim, WAIT_SECONDS)) {
            statement.setString(1, owner);
            statement.setString(2, fit(by, LONGEST_NAME));
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

    private static @Nullable String fit(@Nullable String text, int longest) {
        return (text != null && text.length() > longest) ? text.substring(0, longest) : text;
    }

    private static void setSeen(PreparedStatement statement, int index, DeadLetter seen) throws SQLException {
        statement.setLong(index, seen.id());
        statement.setString(index + 1, seen.status().name());
        statement.setLong(index + 2, seen.replay().epoch());
    }

    private static void setFailure(PreparedStatement statement, int index, Parking parking, int postponements)
            throws SQLException {
        ParkingFailure failure = parking.failure();
        statement.setInt(index, parking.failures());
        statement.setInt(index + 1, postponements);
        statement.setString(index + 2, parking.reason().name());
        statement.setString(index + 3, failure.exception());
        statement.setString(index + 4, failure.message());
        statement.setString(index + 5, parking.origin().brokerName());
        statement.setInt(index + 6, parking.origin().queueId());
        statement.setLong(index + 7, parking.origin().queueOffset());
        setTime(statement, index + 8, parking.origin().bornAt());
        setTime(statement, index + 9, parking.origin().storedAt());
        statement.setInt(index + 10, parking.origin().reconsumeTimes());
        statement.setString(index + 11, failure.stackTrace());
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

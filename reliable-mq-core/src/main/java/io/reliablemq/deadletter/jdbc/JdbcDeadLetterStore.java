package io.reliablemq.deadletter.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterCount;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetterStore;
import io.reliablemq.deadletter.DeadLetterStoreException;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.deadletter.RecordPlace;
import io.reliablemq.deadletter.ReplayClaim;
import io.reliablemq.deadletter.UnstorableLetterException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
import io.reliablemq.idempotency.jdbc.InboxRecords;
import io.reliablemq.jdbc.ConflictRetries;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlCall;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.SqlWork;
import org.jspecify.annotations.Nullable;

/**
 * Stores dead letters in the table {@code reliable_mq_dead_letter}; the database's clock
 * decides about leases. Every transaction locks the record before it touches the letter.
 * A transaction that meets another one is tried again for a few seconds; if it is the
 * record that is held all the time, its message is being processed.
 */
public final class JdbcDeadLetterStore implements DeadLetterStore {

    // The database passes on no more of an exception than its state.
    private static final String CHANGED = "RMQ01";

    private static final String HELD = "RMQ02";

    private static final int ROUNDS = 10;

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final long ID_EPOCH = Instant.parse("2024-01-01T00:00:00Z").toEpochMilli();

    private static final int RANDOM_BITS = 22;

    private final JdbcDatabase database;

    private final Clock clock;

    private final PayloadCodec codec;

    private final LetterFailures failures;

    private final InboxRecords records;

    private final LetterRows rows;

    private final LetterQueries queries;

    private final ConflictRetries retries;

    /**
     * Creates a store; connects when it is first used.
     * @param database the database with the tables
     * @param codec how payloads are stored
     * @param clock the node's clock: letters that are parked later get higher numbers
     */
    public JdbcDeadLetterStore(JdbcDatabase database, PayloadCodec codec, Clock clock) {
        this.database = database;
        this.clock = clock;
        this.codec = codec;
        this.failures = new LetterFailures(database);
        this.records = new InboxRecords(database, clock);
        this.rows = new LetterRows(database, codec);
        this.queries = new LetterQueries(database);
        this.retries = new ConflictRetries(ROUNDS, PATIENCE, this::isConflict);
    }

    @Override
    public ParkingResult park(Parking parking, RecordPlace record) {
        return park(parking, record, () -> {
        });
    }

    @Override
    public ParkingResult park(Parking parking, RecordPlace record, Runnable beforeCommit) {
        AtomicBoolean ran = new AtomicBoolean();
        return inAnyForm(parking, (form) -> change("park", parking.key(), ParkingResult.IN_PROGRESS, (connection) -> {
            ParkingResult possible = parkRecord(connection, parking, record);
            if (possible == ParkingResult.PARKED) {
                write(connection, parking, form, forgetAttempts(connection, parking.key(), record));
                if (ran.compareAndSet(false, true)) {
                    beforeCommit.run();
                }
            }
            return possible;
        }));
    }

    @Override
    public ParkingResult adopt(Parking parking, RecordPlace record) {
        return inAnyForm(parking, (form) -> change("adopt", parking.key(), ParkingResult.IN_PROGRESS, (connection) -> {
            // The letter first: one that is being replayed keeps its free record.
            LetterRows.Existing existing = this.rows.existing(connection, parking);
            if (existing != null && !existing.isOver() && existing.isOf(form.message()) && !existing.complete()
                    && form.payload() != null) {
                requireUnchanged(this.rows.fill(connection, existing, form));
                return ParkingResult.PARKED;
            }
            if (existing != null && (!existing.isOver() || existing.isOf(form.message()))) {
                return ParkingResult.ALREADY_DONE;
            }
            ParkingResult possible = parkRecord(connection, parking, record);
            if (possible == ParkingResult.PARKED) {
                forgetAttempts(connection, parking.key(), record);
                write(connection, parking, form, 0);
            }
            return possible;
        }));
    }

    private void write(Connection connection, Parking parking, LetterForm form, int postponements) throws SQLException {
        LetterRows.Existing existing = this.rows.existing(connection, parking);
        requireUnchanged((existing != null) ? this.rows.parkAgain(connection, existing, parking, form, postponements)
                : this.rows.insert(connection, nextId(), parking, form, postponements));
    }

    /** As it is; where the database refuses that, in plain characters. */
    private ParkingResult inAnyForm(Parking parking, Function<LetterForm, ParkingResult> store) {
        LetterForm form = LetterForm.of(parking, this.codec);
        try {
            return store.apply(form);
        }
        catch (DeadLetterStoreException ex) {
            requireOfTheLetter(ex, form);
        }
        LetterForm plain = LetterForm.plain(parking, this.codec);
        try {
            return store.apply(plain);
        }
        catch (DeadLetterStoreException ex) {
            requireOfTheLetter(ex, plain);
            throw new UnstorableLetterException("The database refuses to store the message", ex.getCause());
        }
    }

    private void requireOfTheLetter(DeadLetterStoreException failure, LetterForm form) {
        if (!(failure.getCause() instanceof SQLException cause) || !this.failures.isOfTheLetter(cause, form)) {
            throw failure;
        }
    }

    private ParkingResult parkRecord(Connection connection, Parking parking, RecordPlace record) throws SQLException {
        if (record == RecordPlace.ELSEWHERE) {
            return ParkingResult.PARKED;
        }
        RecordState state = parkRecord(connection, parking.key(), parking.reason());
        return switch (state) {
            case DONE -> ParkingResult.ALREADY_DONE;
            case CLAIMED -> ParkingResult.IN_PROGRESS;
            case PARKED, FREE, ABSENT -> ParkingResult.PARKED;
        };
    }

    /** What is dropped can be purged, unlike what is parked. */
    private RecordState parkRecord(Connection connection, RecordKey key, ParkingReason reason) throws SQLException {
        return held(() -> (reason == ParkingReason.DROPPED) ? this.records.drop(connection, key)
                : this.records.park(connection, key));
    }

    private RecordState lock(Connection connection, RecordKey key) throws SQLException {
        return held(() -> this.records.lock(connection, key));
    }

    /**
     * Who holds a record for so long is in the transaction that processes its message.
     */
    private RecordState held(SqlCall<RecordState> work) throws SQLException {
        try {
            return work.get();
        }
        catch (SQLException ex) {
            if (this.database.dialect().classify(ex) == SqlFailure.LOCK_CONFLICT) {
                throw new Held(ex);
            }
            throw ex;
        }
    }

    private int forgetAttempts(Connection connection, RecordKey key, RecordPlace record) throws SQLException {
        if (record == RecordPlace.ELSEWHERE) {
            return 0;
        }
        int postponements = this.rows.postponements(connection, key);
        this.rows.forgetAttempts(connection, key);
        return postponements;
    }

    @Override
    public List<DeadLetter> find(DeadLetterFilter filter, long afterId, int limit) {
        return read("find dead letters", (connection) -> this.queries.find(connection, filter, afterId, limit));
    }

    @Override
    public Optional<DeadLetterDetails> get(long id) {
        return read("read dead letter " + id,
                (connection) -> Optional.ofNullable(this.rows.readDetails(connection, id)));
    }

    @Override
    public Optional<DeadLetter> find(long id) {
        return read("read dead letter " + id,
                (connection) -> Optional.ofNullable(this.rows.read(connection, id)).map(LetterRows.Seen::letter));
    }

    @Override
    public List<DeadLetterCount> count(DeadLetterFilter filter) {
        return read("count dead letters", (connection) -> this.queries.count(connection, filter));
    }

    @Override
    public ReplayClaim claim(long id, String owner, @Nullable String by, Duration lease, RecordPlace record) {
        return change("claim", id, new ReplayClaim.Refused(DeadLetterStatus.REPLAYING), (connection) -> {
            LetterRows.Seen seen = this.rows.read(connection, id);
            if (seen == null) {
                return new ReplayClaim.Unknown();
            }
            DeadLetter letter = seen.letter();
            if (letter.status() != DeadLetterStatus.PARKED && !seen.isOverdue()) {
                return new ReplayClaim.Refused(letter.status());
            }
            if (record == RecordPlace.WITH_LETTERS) {
                RecordState state = lock(connection, letter.key());
                if (state == RecordState.CLAIMED) {
                    return new ReplayClaim.Refused(DeadLetterStatus.REPLAYING);
                }
                if (state == RecordState.DONE) {
                    requireUnchanged(this.rows.change(connection, letter, DeadLetterStatus.RESOLVED, null, by));
                    return new ReplayClaim.Refused(DeadLetterStatus.RESOLVED);
                }
                if (state == RecordState.PARKED) {
                    this.records.free(connection, letter.key());
                }
            }
            requireUnchanged(this.rows.claim(connection, letter, owner, by, lease));
            return new ReplayClaim.Granted(Objects.requireNonNull(this.rows.readDetails(connection, id)));
        });
    }

    @Override
    public void sent(long id, long epoch, Duration patience) {
        change("mark as sent", id, (connection) -> this.rows.prolong(connection, id, epoch, patience.toMillis()));
    }

    @Override
    public Optional<DeadLetterStatus> takeBack(long id, long epoch, String note, Duration patience,
            RecordPlace record) {
        Supplier<Optional<DeadLetterStatus>> held = () -> {
            sent(id, epoch, patience);
            return Optional.of(DeadLetterStatus.REPLAYING);
        };
        return change("Cannot take back dead letter " + id, held, (connection) -> {
            LetterRows.Seen seen = this.rows.read(connection, id);
            if (seen == null || seen.letter().replay().epoch() != epoch) {
                return Optional.empty();
            }
            DeadLetter letter = seen.letter();
            if (letter.status() != DeadLetterStatus.REPLAYING) {
                return Optional.of(letter.status());
            }
            DeadLetterStatus status = (record == RecordPlace.WITH_LETTERS) ? afterReplay(connection, letter, patience)
                    : DeadLetterStatus.PARKED;
            if (status != DeadLetterStatus.REPLAYING) {
                String why = (status == DeadLetterStatus.PARKED) ? note : null;
                requireUnchanged(this.rows.change(connection, letter, status, why, letter.changedBy()));
            }
            return Optional.of(status);
        });
    }

    private DeadLetterStatus afterReplay(Connection connection, DeadLetter letter, Duration patience)
            throws SQLException {
        RecordState state = lock(connection, letter.key());
        if (state == RecordState.FREE || state == RecordState.ABSENT) {
            Long waiting = this.rows.waiting(connection, letter.key());
            if (waiting != null && waiting > -patience.toMillis()) {
                // It failed again and comes again.
                this.rows.prolong(connection, letter.id(), letter.replay().epoch(),
                        Math.max(0, waiting) + patience.toMillis());
                return DeadLetterStatus.REPLAYING;
            }
            state = parkRecord(connection, letter.key(), letter.reason());
        }
        if (state == RecordState.CLAIMED) {
            this.rows.prolong(connection, letter.id(), letter.replay().epoch(), patience.toMillis());
            return DeadLetterStatus.REPLAYING;
        }
        return (state == RecordState.DONE) ? DeadLetterStatus.RESOLVED : DeadLetterStatus.PARKED;
    }

    @Override
    public boolean resolve(long id, RecordPlace record) {
        return change("resolve", id, (connection) -> {
            LetterRows.Seen seen = this.rows.read(connection, id);
            if (seen == null || isOver(seen.letter().status())) {
                return false;
            }
            if (record == RecordPlace.WITH_LETTERS) {
                RecordState state = lock(connection, seen.letter().key());
                if (state == RecordState.PARKED || state == RecordState.FREE) {
                    this.records.complete(connection, seen.letter().key());
                }
            }
            requireUnchanged(this.rows.change(connection, seen.letter(), DeadLetterStatus.RESOLVED, null,
                    seen.letter().changedBy()));
            return true;
        });
    }

    @Override
    public boolean resolveIfDone(long id, RecordKey processed) {
        if (find(id).filter((letter) -> letter.isOf(processed)).isEmpty()) {
            return false;
        }
        boolean done = change("resolve", id, false, (connection) -> lock(connection, processed) == RecordState.DONE);
        return done && resolve(id, RecordPlace.WITH_LETTERS);
    }

    @Override
    public int resolveDone(int limit) {
        return read("resolve dead letters", (connection) -> this.queries.resolveDone(connection, limit));
    }

    @Override
    public List<DeadLetter> overdue(int limit) {
        return read("find overdue replays", (connection) -> this.queries.overdue(connection, limit));
    }

    @Override
    public Optional<DeadLetterStatus> discard(long id, String reason, @Nullable String by, RecordPlace record) {
        return change("discard", id, Optional.of(DeadLetterStatus.REPLAYING), (connection) -> {
            LetterRows.Seen seen = this.rows.read(connection, id);
            if (seen == null || isOver(seen.letter().status())) {
                return Optional.ofNullable(seen).map((it) -> it.letter().status());
            }
            DeadLetterStatus status = DeadLetterStatus.DISCARDED;
            if (record == RecordPlace.WITH_LETTERS) {
                RecordState state = lock(connection, seen.letter().key());
                if (state == RecordState.CLAIMED) {
                    return Optional.of(DeadLetterStatus.REPLAYING);
                }
                if (state == RecordState.DONE) {
                    status = DeadLetterStatus.RESOLVED;
                }
                else {
                    this.records.discard(connection, seen.letter().key());
                }
            }
            requireUnchanged(this.rows.change(connection, seen.letter(), status,
                    (status == DeadLetterStatus.DISCARDED) ? reason : null, by));
            return Optional.of(status);
        });
    }

    @Override
    public int purge(Duration retention, int limit) {
        try {
            return this.database.inAutoCommit((connection) -> {
                int purged = this.queries.purge(connection, DeadLetterStatus.RESOLVED, retention, limit);
                for (DeadLetterStatus status : List.of(DeadLetterStatus.DISCARDED, DeadLetterStatus.PARKED)) {
                    purged += (purged < limit) ? this.queries.purge(connection, status, retention, limit - purged) : 0;
                }
                return purged;
            });
        }
        catch (SQLException ex) {
            if (isConflict(ex)) {
                return 0;
            }
            throw new DeadLetterStoreException("Cannot purge dead letters.", ex);
        }
    }

    private static boolean isOver(DeadLetterStatus status) {
        return status == DeadLetterStatus.RESOLVED || status == DeadLetterStatus.DISCARDED;
    }

    private static void requireUnchanged(boolean unchanged) throws Conflict {
        if (!unchanged) {
            throw new Conflict();
        }
    }

    /** Sorts like time; two of the same millisecond differ by chance. */
    private long nextId() {
        long random = ThreadLocalRandom.current().nextLong(1L << RANDOM_BITS);
        return ((this.clock.millis() - ID_EPOCH) << RANDOM_BITS) | random;
    }

    private <T> T read(String what, SqlWork<T> work) {
        try {
            return this.database.inAutoCommit(work);
        }
        catch (SQLException ex) {
            throw new DeadLetterStoreException("Cannot " + what + ": check the database.", ex);
        }
    }

    private <T> T change(String what, long id, SqlWork<T> work) {
        return change("Cannot " + what + " dead letter " + id, null, work);
    }

    private <T> T change(String what, long id, T held, SqlWork<T> work) {
        return change("Cannot " + what + " dead letter " + id, () -> held, work);
    }

    private <T> T change(String what, RecordKey key, T held, SqlWork<T> work) {
        return change(
                "Cannot " + what + " the message '" + key.identity() + "' of consumer group '" + key.group() + "'",
                () -> held, work);
    }

    /** {@code held}: the answer if a transaction of others keeps the record. */
    private <T> T change(String what, @Nullable Supplier<T> held, SqlWork<T> work) {
        try {
            return this.retries.call(() -> this.database.inOwnTransaction(work));
        }
        catch (SQLException ex) {
            if (!isConflict(ex)) {
                throw new DeadLetterStoreException(what + ": check the database.", ex);
            }
            if (held != null && HELD.equals(ex.getSQLState())) {
                return held.get();
            }
            throw new DeadLetterStoreException(what + ": others keep changing it. Try again.", ex);
        }
    }

    private boolean isConflict(SQLException failure) {
        SqlFailure meaning = this.database.dialect().classify(failure);
        return CHANGED.equals(failure.getSQLState()) || HELD.equals(failure.getSQLState())
                || meaning == SqlFailure.LOCK_CONFLICT || meaning == SqlFailure.DUPLICATE_KEY;
    }

    /** The record is locked by others. */
    private static final class Held extends SQLException {

        private static final long serialVersionUID = 1L;

        Held(SQLException conflict) {
            super("The record of the message is held by another transaction.", HELD, conflict);
        }

    }

    /** What was seen has changed since: the transaction is tried again. */
    private static final class Conflict extends SQLException {

        private static final long serialVersionUID = 1L;

        Conflict() {
            super("The letter has changed meanwhile.", CHANGED);
        }

    }

}

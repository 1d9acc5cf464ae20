package io.reliablemq.retry.jdbc;

import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntFunction;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.ConflictRetries;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlCall;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.UnknownCharacters;
import io.reliablemq.retry.Attempt;
import io.reliablemq.retry.AttemptStore;

/**
 * Stores failed attempts in the table {@code reliable_mq_attempt}; the database's clock
 * decides when the next delivery is due. Two statements for the first failure of a
 * message; a later one adds a short transaction on the locked row.
 */
public final class JdbcAttemptStore implements AttemptStore {

    private static final int ROUNDS = 20;

    private final JdbcDatabase database;

    private final AttemptRows rows;

    private final ConflictRetries retries;

    /**
     * Creates a store; connects when it is first used.
     * @param database the database with the tables
     */
    public JdbcAttemptStore(JdbcDatabase database) {
        this.database = database;
        this.rows = new AttemptRows(database);
        this.retries = ConflictRetries.ofLocks(ROUNDS, database.dialect());
    }

    @Override
    public Attempt recordFailure(RecordKey key, Throwable failure, IntFunction<Duration> backoff) {
        String exception = AttemptRows.fit(failure.getClass().getName());
        return record("failure", key, (before) -> {
            int failures = before.failures() + 1;
            return new AttemptRows.Next(failures, before.postponements(), backoff.apply(failures), exception);
        });
    }

    @Override
    public Attempt recordPostponement(RecordKey key, Duration delay) {
        return record("postponement", key, (before) -> new AttemptRows.Next(before.failures(),
                before.postponements() + 1, delay, before.exception()));
    }

    @Override
    public Optional<Attempt> find(RecordKey key) {
        return call("read", key, () -> {
            try {
                return this.database.inAutoCommit((connection) -> Optional.ofNullable(this.rows.read(connection, key)));
            }
            catch (SQLException ex) {
                if (UnknownCharacters.isMeantBy(ex)) {
                    // Nothing was ever recorded for such a key.
                    return Optional.empty();
                }
                throw ex;
            }
        });
    }

    @Override
    public void clear(RecordKey key) {
        call("clear", key, () -> this.database.inAutoCommit((connection) -> this.rows.delete(connection, key)));
    }

    @Override
    public int purge(String group, Duration retention, int limit) {
        try {
            return this.database
                .inAutoCommit((connection) -> this.rows.purge(connection, group, retention.toMillis(), limit));
        }
        catch (SQLException ex) {
            if (isLockConflict(ex)) {
                return 0;
            }
            throw new IdempotencyStoreException("Cannot purge the attempts of consumer group '" + group + "'.", ex);
        }
    }

    private Attempt record(String what, RecordKey key, AttemptRows.Step step) {
        return call("record a " + what + " of", key, () -> this.retries.call(() -> {
            Optional<Attempt> inserted = this.database.inAutoCommit((connection) -> Optional
                .ofNullable(this.rows.insert(connection, key, step.after(AttemptRows.NONE))));
            return inserted.isPresent() ? inserted.get() : this.database
                .inOwnTransaction((connection) -> Optional.ofNullable(this.rows.lockAndUpdate(connection, key, step)))
                .orElseThrow(() -> new SQLTransactionRollbackException("The row kept appearing and disappearing."));
        }));
    }

    private boolean isLockConflict(SQLException failure) {
        return this.database.dialect().classify(failure) == SqlFailure.LOCK_CONFLICT;
    }

    private static <T> T call(String what, RecordKey key, SqlCall<T> call) {
        try {
            return call.get();
        }
        catch (SQLException ex) {
            throw new IdempotencyStoreException("Cannot " + what + " the attempts at '" + key.identity()
                    + "' of consumer group '" + key.group() + "'.", ex);
        }
    }

}

package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.DroppableRecords;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.IdentityClashes;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
import io.reliablemq.idempotency.TransactionalIdempotencyStore;
import io.reliablemq.jdbc.DedicatedConnection;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlCall;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.UnknownCharacters;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Stores idempotency records in the table {@code reliable_mq_inbox}.
 * <p>
 * The database's clock decides whether a lease has run out. The first token of a record
 * is the node's time in nanoseconds, of which those below the millisecond are drawn at
 * random; each later one is at least one more than the one before; so tokens grow even
 * across a purge, as long as the nodes' clocks differ by less than the retention. A
 * released record has a lease that ended in 1970, so its token is worthless from then on.
 */
public final class JdbcIdempotencyStore implements DroppableRecords, TransactionalIdempotencyStore, AutoCloseable {

    private static final int RENEWED_AT_ONCE = 500;

    private static final int DEEPEST_CAUSE = 20;

    private static final Duration RENEWAL_TIMEOUT = Duration.ofSeconds(10);

    private final JdbcDatabase database;

    private final DedicatedConnection renewals;

    private final int lockWait;

    private final Clock clock;

    private final Inbox inbox;

    private final InboxBatches batches;

    private final InboxClaims claims;

    private final Renewal renewal;

    /**
     * Creates a store; connects when it is first used.
     * @param database the database with the tables; its DataSource must be the one of the
     * transaction manager for {@link #claimInTransaction}
     * @param renewals where the connection for {@link #renew} comes from, which also
     * serves threads that hold a connection of the pool already. One is opened when it is
     * first needed and kept until {@link #close}; if it comes from a pool, the pool needs
     * one more than the listeners use. Best is a DataSource without a pool, because a
     * broken connection must be replaced while listeners hold all the others
     * @param lockWait how long a statement waits for a row lock; rounded up to seconds.
     * On H2 the database's own {@code LOCK_TIMEOUT} decides instead
     * @param clock the node's clock, for first tokens only
     */
    public JdbcIdempotencyStore(JdbcDatabase database, DataSource renewals, Duration lockWait, Clock clock) {
        this(database, renewals, lockWait, clock, IdentityClashes.logging());
    }

    /**
     * The same with a meter.
     * @param database as above
     * @param renewals as above
     * @param lockWait as above
     * @param clock as above
     * @param clashes notices different messages with one identity
     */
    public JdbcIdempotencyStore(JdbcDatabase database, DataSource renewals, Duration lockWait, Clock clock,
            IdentityClashes clashes) {
        if (lockWait.isNegative() || lockWait.isZero()) {
            throw new IllegalArgumentException("The lock wait must be positive, not " + lockWait + ".");
        }
        this.database = database;
        this.renewals = new DedicatedConnection(renewals, RENEWAL_TIMEOUT);
        this.lockWait = (int) Math.max(1, Math.min(Integer.MAX_VALUE / 1000, lockWait.plusMillis(999).toSeconds()));
        this.clock = clock;
        this.inbox = new Inbox(database);
        this.batches = new InboxBatches(database);
        this.claims = new InboxClaims(this.inbox, this.batches, clock, clashes);
        this.renewal = new Renewal(database);
    }

    @Override
    public Claim claim(RecordKey key, Duration lease) {
        long leaseMillis = positiveMillis(lease);
        return heldIfLocked("claim", key, new Claim.Held(Duration.ZERO), () -> outside(
                (connection, wait) -> this.claims.claim(connection, key, InboxStatus.PROCESSING, leaseMillis, wait)));
    }

    @Override
    public List<Claim> claimAll(List<RecordKey> keys, Duration lease) {
        long leaseMillis = positiveMillis(lease);
        return (keys.size() < 2) ? TransactionalIdempotencyStore.super.claimAll(keys, lease)
                : heldIfLocked("claim", keys.get(0), allHeld(keys), () -> outside((connection, wait) -> this.claims
                    .claimAll(connection, keys, InboxStatus.PROCESSING, leaseMillis, wait)));
    }

    @Override
    public Claim claimInTransaction(RecordKey key) {
        return heldIfLocked("claim", key, new Claim.Held(Duration.ZERO), () -> inTransaction(key,
                (connection, wait) -> this.claims.claim(connection, key, InboxStatus.DONE, 0, wait)));
    }

    @Override
    public List<Claim> claimAllInTransaction(List<RecordKey> keys) {
        return keys.isEmpty() ? List.of()
                : heldIfLocked("claim", keys.get(0), allHeld(keys), () -> inTransaction(keys.get(0),
                        (connection, wait) -> this.claims.claimAll(connection, keys, InboxStatus.DONE, 0, wait)));
    }

    @Override
    public boolean releaseInTransaction(List<Lease> released, List<Lease> kept) {
        List<Lease> all = Stream.concat(released.stream(), kept.stream()).toList();
        if (all.isEmpty()) {
            return true;
        }
        RecordKey first = all.get(0).key();
        return call("release", first, () -> inTransaction(first, (connection, wait) -> {
            if (!this.batches.areThere(connection, all)) {
                return false;
            }
            if (!released.isEmpty()) {
                this.batches.delete(connection, released, wait);
            }
            return true;
        }));
    }

    @Override
    public boolean rollsBackByItself() {
        return !this.database.dialect().errorsAbortTransactions();
    }

    @Override
    public boolean endsTransaction(Throwable failure) {
        Throwable current = failure;
        for (int depth = 0; current != null && depth < DEEPEST_CAUSE; depth++) {
            if (current instanceof TransactionTimedOutException || (current instanceof SQLException sql
                    && this.database.dialect().classify(sql) == SqlFailure.LOCK_CONFLICT)) {
                return true;
            }
            current = current.getCause();
        }
        return false;
    }

    private static List<Claim> allHeld(List<RecordKey> keys) {
        return Collections.nCopies(keys.size(), new Claim.Held(Duration.ZERO));
    }

    /**
     * Not in the caller's transaction. A thread that holds a connection of the pool must
     * not wait for a second one, or all of them wait for each other.
     */
    private <T> T outside(TransactionWork<T> work) throws SQLException {
        if (TransactionSynchronizationManager.hasResource(this.database.dataSource())) {
            return this.renewals.call((connection) -> work.on(connection, Renewal.WAIT_SECONDS));
        }
        return this.database.inAutoCommit((connection) -> work.on(connection, this.lockWait));
    }

    private <T> T inTransaction(RecordKey key, TransactionWork<T> work) throws SQLException {
        DataSource dataSource = this.database.dataSource();
        if (!TransactionSynchronizationManager.isActualTransactionActive()
                || !(TransactionSynchronizationManager.getResource(dataSource) instanceof ConnectionHolder holder)) {
            throw noTransaction(key);
        }
        int wait = holder.hasTimeout() ? Math.max(1, Math.min(this.lockWait, holder.getTimeToLiveInSeconds()))
                : this.lockWait;
        Connection connection = DataSourceUtils.getConnection(dataSource);
        try {
            if (connection.getAutoCommit()) {
                throw noTransaction(key);
            }
            return work.on(connection, wait);
        }
        finally {
            DataSourceUtils.releaseConnection(connection, dataSource);
        }
    }

    @Override
    public boolean complete(RecordKey key, long token, Duration retention) {
        return call("complete", key, () -> outside((connection, wait) -> {
            if (this.inbox.complete(connection, key, token, wait)) {
                return true;
            }
            InboxRow row = this.inbox.read(connection, key, wait);
            if (row == null) {
                // Lost with a failover: whoever knows of the effect writes it down.
                return this.inbox.insert(connection, key, new InboxRow(InboxStatus.DONE, token, 0, 0), null, wait);
            }
            // An earlier call may have completed it and lost the answer.
            return row.status() == InboxStatus.DONE && row.token() == token;
        }));
    }

    @Override
    public List<Lease> completeAll(List<Lease> leases, Duration retention) {
        if (leases.size() > 1) {
            int completed = call("complete", leases.get(0).key(),
                    () -> outside((connection, wait) -> completeTogether(connection, leases, wait)));
            if (completed == leases.size()) {
                return List.of();
            }
        }
        // Each says for itself whether an earlier call has completed it.
        return TransactionalIdempotencyStore.super.completeAll(leases, retention);
    }

    private int completeTogether(Connection connection, List<Lease> leases, int wait) throws SQLException {
        Lease first = leases.get(0);
        return leases.stream()
            .allMatch((lease) -> lease.token() == first.token() && lease.key().group().equals(first.key().group()))
                    ? this.batches.complete(connection, leases, wait) : this.renewal.complete(connection, leases);
    }

    @Override
    public boolean release(RecordKey key, long token) {
        return call("release", key, () -> outside((connection, wait) -> {
            if (this.inbox.release(connection, key, token, wait)) {
                return true;
            }
            // A driver that counts changed rows says 0 for the second of two calls.
            InboxRow row = this.inbox.read(connection, key, wait);
            return row == null || (row.isProcessing() && row.token() == token);
        }));
    }

    @Override
    public List<Lease> renew(Collection<Lease> leases, Duration lease) {
        long leaseMillis = positiveMillis(lease);
        List<Lease> all = List.copyOf(new LinkedHashSet<>(leases));
        try {
            List<Lease> lost = new ArrayList<>();
            for (int from = 0; from < all.size(); from += RENEWED_AT_ONCE) {
                List<Lease> some = all.subList(from, Math.min(all.size(), from + RENEWED_AT_ONCE));
                lost.addAll(this.renewals.call((connection) -> this.renewal.renew(connection, some, leaseMillis)));
            }
            return lost;
        }
        catch (SQLException ex) {
            throw new IdempotencyStoreException("Cannot renew " + all.size() + " claims.", ex);
        }
    }

    @Override
    public void recordAlias(RecordKey alias, RecordKey original, Duration retention) {
        call("record the alias", alias, () -> outside((connection, wait) -> this.inbox.insert(connection, alias,
                new InboxRow(InboxStatus.ALIAS, this.claims.firstToken(), 0, 0), original.identity(), wait)));
    }

    @Override
    public RecordState drop(RecordKey key) {
        return call("drop", key, () -> this.database
            .inOwnTransaction((connection) -> new InboxRecords(this.database, this.clock).drop(connection, key)));
    }

    @Override
    public int purge(String group, Duration retention, int limit) {
        try {
            return this.database.inAutoCommit(
                    (connection) -> this.inbox.purge(connection, group, retention.toMillis(), limit, this.lockWait));
        }
        catch (SQLException ex) {
            if (this.database.dialect().classify(ex) == SqlFailure.LOCK_CONFLICT) {
                return 0;
            }
            throw new IdempotencyStoreException("Cannot purge the records of consumer group '" + group + "'.", ex);
        }
    }

    /**
     * Gives the connection for renewals back.
     */
    @Override
    public void close() {
        try {
            this.renewals.close();
        }
        catch (SQLException ex) {
            throw new IdempotencyStoreException("Cannot close the connection for renewals.", ex);
        }
    }

    private <T> T heldIfLocked(String what, RecordKey key, T held, SqlCall<T> call) {
        return call(what, key, () -> {
            try {
                return call.get();
            }
            catch (SQLException ex) {
                if (this.database.dialect().classify(ex) == SqlFailure.LOCK_CONFLICT) {
                    return held;
                }
                throw ex;
            }
        });
    }

    private static <T> T call(String what, RecordKey key, SqlCall<T> call) {
        try {
            return call.get();
        }
        catch (SQLException | DataAccessException ex) {
            if (ex instanceof SQLException sql && UnknownCharacters.isMeantBy(sql)) {
                InvalidRecordKeyException unusable = new InvalidRecordKeyException("The idempotency key of consumer"
                        + " group '" + key.group() + "', or of another message of its batch, has characters that the"
                        + " database's character set lacks: use a database with UTF-8, or a digest as the key.");
                unusable.initCause(ex);
                throw unusable;
            }
            throw new IdempotencyStoreException(
                    "Cannot " + what + " the record '" + key.identity() + "' of consumer group '" + key.group() + "'.",
                    ex);
        }
    }

    private static IllegalStateException noTransaction(RecordKey key) {
        return new IllegalStateException("No transaction is active on the DataSource of the idempotency records, so "
                + "the record '" + key.identity() + "' of consumer group '" + key.group() + "' cannot join one: use "
                + "the transaction manager of this DataSource.");
    }

    private static long positiveMillis(Duration lease) {
        if (lease.toMillis() < 1) {
            throw new IllegalArgumentException("A lease lasts at least 1 ms, not " + lease + ".");
        }
        return lease.toMillis();
    }

    /** Something to do on a connection, waiting for locks for so long. */
    @FunctionalInterface
    private interface TransactionWork<T> {

        T on(Connection connection, int waitSeconds) throws SQLException;

    }

}

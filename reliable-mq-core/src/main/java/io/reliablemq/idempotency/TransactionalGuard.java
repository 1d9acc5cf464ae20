package io.reliablemq.idempotency;

import java.time.Clock;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;

/**
 * The record is inserted in the action's own transaction, before the action runs: both
 * are committed or neither is. A crash at any point leaves either no trace or the whole
 * effect, and so does a commit whose answer is lost: the next delivery finds out which.
 * Where the database may have rolled back by itself, the commit needs a proof that it has
 * not; in a transaction that the caller has begun, the caller's commit does.
 */
public final class TransactionalGuard implements IdempotencyGuard {

    private final TransactionalIdempotencyStore store;

    private final PlatformTransactionManager transactionManager;

    private final TransactionDefinition definition;

    private final Duration retention;

    private final Clock clock;

    private final boolean savepoints;

    private final BatchTransaction batches;

    /**
     * Creates a guard.
     * @param store where the records are kept
     * @param transactionManager manages transactions on the store's DataSource
     * @param definition isolation and timeout of the transaction
     * @param retention how long aliases are remembered at least
     * @param clock tells when an attempt that is in progress may be over
     */
    public TransactionalGuard(TransactionalIdempotencyStore store, PlatformTransactionManager transactionManager,
            TransactionDefinition definition, Duration retention, Clock clock) {
        this(store, transactionManager, definition, retention, clock, false);
    }

    private TransactionalGuard(TransactionalIdempotencyStore store, PlatformTransactionManager transactionManager,
            TransactionDefinition definition, Duration retention, Clock clock, boolean savepoints) {
        this.store = store;
        this.transactionManager = transactionManager;
        this.definition = definition;
        this.retention = retention;
        this.clock = clock;
        this.savepoints = savepoints;
        this.batches = new BatchTransaction(store, transactionManager, definition);
    }

    /**
     * The same with a savepoint before each of several actions, so that one that fails
     * takes nothing of the others back: they are committed without it, having run once.
     * Needs a transaction manager that can set savepoints; where it cannot, or the
     * transaction as a whole fails, each action runs in a transaction of its own.
     * @return a guard of the same records
     */
    public TransactionalGuard withSavepoints() {
        return new TransactionalGuard(this.store, this.transactionManager, this.definition, this.retention, this.clock,
                true);
    }

    @Override
    public <T> GuardResult<T> execute(RecordKey key, int attempt, Callable<T> action) throws Exception {
        TransactionStatus status = begin(key);
        GuardResult<T> result;
        try {
            result = claimAndRun(key, attempt, action, status);
        }
        catch (Throwable failure) {
            rollback(status, failure);
            throw failure;
        }
        if (result instanceof GuardResult.Processed) {
            this.transactionManager.commit(status);
        }
        else {
            end(key, status, result);
        }
        if (result instanceof GuardResult.Duplicate) {
            Aliases.record(this.store, key, this.retention);
        }
        return result;
    }

    /**
     * In one transaction, if none of them fails or each has a savepoint; else, or where
     * one is in progress elsewhere, each in its own.
     */
    @Override
    public <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls) {
        return new CallBatch<>(calls, this, false).run((some) -> together(some, null, false));
    }

    /**
     * In one transaction. What the action says has failed is left out of a second one, if
     * it was not all; what fails there goes in a transaction of its own.
     */
    @Override
    public <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls, BatchAction<T> together) {
        return new CallBatch<>(calls, this, false).run((some) -> together(some, together, false));
    }

    @Override
    public <T> List<CallOutcome<T>> executeInOrder(List<GuardedCall<T>> calls) {
        return new CallBatch<>(calls, this, true).run((some) -> together(some, null, true));
    }

    private <T> IdentityHashMap<GuardedCall<T>, CallOutcome<T>> together(List<GuardedCall<T>> calls,
            @Nullable BatchAction<T> action, boolean inOrder) {
        IdentityHashMap<GuardedCall<T>, CallOutcome<T>> outcomes = new IdentityHashMap<>();
        try {
            if (this.savepoints && action == null) {
                this.batches.runBehindSavepoints(calls, inOrder, outcomes);
            }
            else {
                this.batches.run(calls, action, outcomes);
            }
        }
        catch (IdempotencyStoreException ex) {
            calls.forEach((call) -> outcomes.putIfAbsent(call, new CallOutcome.Failed<>(ex)));
        }
        catch (InvalidRecordKeyException ex) {
            // Alone, each says for itself whether it is the one.
            return outcomes;
        }
        outcomes.replaceAll(this::withAlias);
        return outcomes;
    }

    private <T> CallOutcome<T> withAlias(GuardedCall<T> call, CallOutcome<T> outcome) {
        if (outcome instanceof CallOutcome.Decided<T> decided && decided.result() instanceof GuardResult.Duplicate) {
            try {
                Aliases.record(this.store, call.key(), this.retention);
            }
            catch (IdempotencyStoreException ex) {
                return new CallOutcome.Failed<>(ex);
            }
        }
        return outcome;
    }

    private TransactionStatus begin(RecordKey key) {
        try {
            return this.transactionManager.getTransaction(this.definition);
        }
        catch (TransactionException ex) {
            throw new IdempotencyStoreException("Could not begin the transaction for " + key.identity() + " of "
                    + key.group() + ": check the database and the size of its connection pool", ex);
        }
    }

    private <T> GuardResult<T> claimAndRun(RecordKey key, int attempt, Callable<T> action, TransactionStatus status)
            throws Exception {
        Claim claim = this.store.claimInTransaction(key);
        if (claim instanceof Claim.Acquired acquired) {
            Lease lease = new Lease(key, acquired.token());
            CommitProof.afterClaim(status, this.store, lease);
            T value = IdempotencyContext.call(key, acquired.token(), attempt, action);
            if (status.isRollbackOnly()) {
                throw new UnexpectedRollbackException("The transaction of " + key.group()
                        + " was marked rollback-only although the listener returned normally: let the exception"
                        + " that caused it reach the library, so that the message is delivered again.");
            }
            CommitProof.beforeCommit(status, this.store, lease);
            return new GuardResult.Processed<>(value);
        }
        if (claim instanceof Claim.Held held) {
            return new GuardResult.InProgress<>(this.clock.instant().plus(held.remaining()));
        }
        return new GuardResult.Duplicate<>();
    }

    /**
     * Nothing was written. A transaction that the caller began before stays usable after
     * a duplicate, and must not be used any more after a lock timeout.
     */
    private void end(RecordKey key, TransactionStatus status, GuardResult<?> result) {
        try {
            if (status.isNewTransaction() || result instanceof GuardResult.InProgress) {
                this.transactionManager.rollback(status);
            }
            else {
                this.transactionManager.commit(status);
            }
        }
        catch (TransactionException ex) {
            throw new IdempotencyStoreException("Could not end the transaction that looked for " + key.identity()
                    + " of " + key.group() + "; the listener did not run", ex);
        }
    }

    private void rollback(TransactionStatus status, Throwable failure) {
        try {
            this.transactionManager.rollback(status);
        }
        catch (RuntimeException | Error ex) {
            // The connection is lost; the database rolls back by itself.
            failure.addSuppressed(ex);
        }
    }

}

package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionStatus;

/**
 * Several messages in one transaction, in the hope that all of them succeed. If one
 * fails, or the transaction as a whole does, nothing has happened and nothing is decided;
 * behind savepoints, one that fails is left out. Where the database may have rolled back
 * by itself, the commit needs a proof that it has not. A commit whose answer is lost
 * counts as failed: who repeats the messages one by one finds them done.
 */
final class BatchTransaction {

    private static final Logger logger = LoggerFactory.getLogger(BatchTransaction.class);

    /** The second goes without those that the first has found to fail. */
    private static final int ROUNDS = 2;

    private final TransactionalIdempotencyStore store;

    private final PlatformTransactionManager transactionManager;

    private final TransactionDefinition definition;

    BatchTransaction(TransactionalIdempotencyStore store, PlatformTransactionManager transactionManager,
            TransactionDefinition definition) {
        this.store = store;
        this.transactionManager = transactionManager;
        this.definition = definition;
    }

    /**
     * Runs the calls.
     * @param action runs them at one go; {@code null} if each has its own
     * @param outcomes where the outcomes go; none for those that must go alone
     * @throws IdempotencyStoreException if the store cannot be asked: one by one it could
     * not either
     */
    <T> void run(List<GuardedCall<T>> calls, @Nullable BatchAction<T> action,
            IdentityHashMap<GuardedCall<T>, CallOutcome<T>> outcomes) {
        List<GuardedCall<T>> rest = calls;
        for (int round = 0; round < ROUNDS && rest.size() > 1; round++) {
            List<CallOutcome<T>> some = runOnce(rest, (all, claims, status) -> runNew(all, claims, status, action),
                    false);
            boolean committed = some.stream().noneMatch(CallOutcome.Failed.class::isInstance);
            for (int i = 0; i < some.size(); i++) {
                if (committed || some.get(i) instanceof CallOutcome.Failed) {
                    outcomes.put(rest.get(i), some.get(i));
                }
            }
            if (committed) {
                return;
            }
            rest = rest.stream().filter((call) -> !outcomes.containsKey(call)).toList();
        }
    }

    /**
     * Runs the calls, each behind a savepoint. What fails has its outcome only if the
     * others are committed: without what they did it may succeed, so it is not held
     * against it.
     * @param inOrder whether none may run after one that has failed
     * @param outcomes where the outcomes go; none if all must go alone
     * @throws IdempotencyStoreException if the store cannot be asked: one by one it could
     * not either
     */
    <T> void runBehindSavepoints(List<GuardedCall<T>> calls, boolean inOrder,
            IdentityHashMap<GuardedCall<T>, CallOutcome<T>> outcomes) {
        List<CallOutcome<T>> known = runOnce(calls,
                (all, claims, status) -> new SavepointBatch(this.store, status).run(all, claims, inOrder), true);
        for (int i = 0; i < known.size(); i++) {
            outcomes.put(calls.get(i), known.get(i));
        }
    }

    /**
     * Returns the outcomes in order; none if they are not known. If there is a failure
     * among them, nothing is committed, unless failures were taken back and something is
     * left.
     */
    private <T> List<CallOutcome<T>> runOnce(List<GuardedCall<T>> calls, Work<T> work, boolean withoutFailed) {
        String group = calls.get(0).key().group();
        TransactionStatus status = begin(group);
        List<Claim> claims = claim(calls, status);
        List<CallOutcome<T>> outcomes = List.of();
        try {
            outcomes = claims.stream().anyMatch(Claim.Held.class::isInstance) ? List.of()
                    : work.run(calls, claims, status);
        }
        catch (Throwable failure) {
            logger.debug("A message of a batch of {} of {} failed, they go one by one", calls.size(), group, failure);
        }
        if (outcomes.stream().anyMatch(CallOutcome.Failed.class::isInstance)
                && !(withoutFailed && outcomes.stream().anyMatch(CallOutcome::isDone))) {
            rollBack(status, null);
            return outcomes;
        }
        if (outcomes.isEmpty() || status.isRollbackOnly()) {
            rollBack(status, null);
            return List.of();
        }
        return commit(status, group) ? outcomes : List.of();
    }

    private <T> List<Claim> claim(List<GuardedCall<T>> calls, TransactionStatus status) {
        try {
            return this.store.claimAllInTransaction(calls.stream().map(GuardedCall::key).toList());
        }
        catch (RuntimeException | Error ex) {
            rollBack(status, ex);
            throw ex;
        }
    }

    private boolean commit(TransactionStatus status, String group) {
        try {
            this.transactionManager.commit(status);
            return true;
        }
        catch (RuntimeException | Error ex) {
            logger.debug("A batch of {} could not be committed, its messages go one by one", group, ex);
            return false;
        }
    }

    private TransactionStatus begin(String group) {
        try {
            return this.transactionManager.getTransaction(this.definition);
        }
        catch (TransactionException ex) {
            throw new IdempotencyStoreException("Could not begin a transaction for messages of " + group
                    + ": check the database and the size of its connection pool", ex);
        }
    }

    private <T> List<CallOutcome<T>> runNew(List<GuardedCall<T>> calls, List<Claim> claims, TransactionStatus status,
            @Nullable BatchAction<T> action) throws Exception {
        Lease first = first(calls, claims);
        if (first != null) {
            CommitProof.afterClaim(status, this.store, first);
        }
        List<CallOutcome<T>> outcomes = new ArrayList<>();
        List<GuardedCall<T>> acquired = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            GuardedCall<T> call = calls.get(i);
            outcomes.add(new CallOutcome.Decided<>(new GuardResult.Duplicate<>()));
            if (claims.get(i) instanceof Claim.Acquired claim) {
                acquired.add(call);
                if (action == null) {
                    T value = IdempotencyContext.call(call.key(), claim.token(), call.attempt(), call.action());
                    outcomes.set(i, new CallOutcome.Decided<>(new GuardResult.Processed<>(value)));
                }
            }
        }
        if (action != null && !acquired.isEmpty()) {
            List<CallOutcome<T>> answers = action.run(acquired);
            for (int i = 0, next = 0; i < calls.size(); i++) {
                if (claims.get(i) instanceof Claim.Acquired) {
                    outcomes.set(i, answers.get(next++));
                }
            }
        }
        if (first != null) {
            CommitProof.beforeCommit(status, this.store, first);
        }
        return outcomes;
    }

    /** One is enough: they were inserted together, before anything else. */
    private static @Nullable Lease first(List<? extends GuardedCall<?>> calls, List<Claim> claims) {
        for (int i = 0; i < calls.size(); i++) {
            if (claims.get(i) instanceof Claim.Acquired claim) {
                return new Lease(calls.get(i).key(), claim.token());
            }
        }
        return null;
    }

    private void rollBack(TransactionStatus status, @Nullable Throwable failure) {
        try {
            this.transactionManager.rollback(status);
        }
        catch (RuntimeException | Error ex) {
            // The connection is lost; the database rolls back by itself.
            if (failure != null) {
                failure.addSuppressed(ex);
            }
        }
    }

    /** What happens in the transaction, after the claims. */
    @FunctionalInterface
    private interface Work<T> {

        List<CallOutcome<T>> run(List<GuardedCall<T>> calls, List<Claim> claims, TransactionStatus status)
                throws Exception;

    }

}

package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionStatus;

/**
 * Several messages in one transaction, in the hope that all of them succeed: no
 * savepoints. If one fails, or the transaction as a whole does, nothing has happened and
 * nothing is decided. A commit whose answer is lost counts as failed: who repeats the
 * messages one by one finds them done.
 */
final class BatchTransaction {

    private static final Logger logger = LoggerFactory.getLogger(BatchTransaction.class);

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
     * Returns the results in order; none if the messages must go one by one.
     * @throws IdempotencyStoreException if the store cannot be asked: one by one it could
     * not either
     */
    <T> List<GuardResult<T>> run(List<GuardedCall<T>> calls) {
        String group = calls.get(0).key().group();
        TransactionStatus status = begin(group);
        List<Claim> claims = claim(calls, status);
        List<GuardResult<T>> results = List.of();
        try {
            results = claims.stream().anyMatch(Claim.Held.class::isInstance) ? List.of()
                    : runNew(calls, claims, status);
        }
        catch (Throwable failure) {
            logger.debug("A message of a batch of {} of {} failed, they go one by one", calls.size(), group, failure);
        }
        return (results.isEmpty() ? rollBack(status, null) : commit(status, group)) ? results : List.of();
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

    /** None if the transaction cannot be committed. */
    private static <T> List<GuardResult<T>> runNew(List<GuardedCall<T>> calls, List<Claim> claims,
            TransactionStatus status) throws Exception {
        List<GuardResult<T>> results = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            GuardedCall<T> call = calls.get(i);
            if (claims.get(i) instanceof Claim.Acquired acquired) {
                results.add(new GuardResult.Processed<>(
                        IdempotencyContext.call(call.key(), acquired.token(), call.attempt(), call.action())));
                if (status.isRollbackOnly()) {
                    return List.of();
                }
            }
            else {
                results.add(new GuardResult.Duplicate<>());
            }
        }
        return results;
    }

    private boolean rollBack(TransactionStatus status, @Nullable Throwable failure) {
        try {
            this.transactionManager.rollback(status);
        }
        catch (RuntimeException | Error ex) {
            // The connection is lost; the database rolls back by itself.
            if (failure != null) {
                failure.addSuppressed(ex);
            }
        }
        return false;
    }

}

package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Proves before a commit that the transaction is still the one that was begun, where the
 * database may roll it back by itself and begin another one with the next statement: a
 * listener that hides the failure, or a retry around its repository, would have the rest
 * committed without the record and without what was done before.
 * <p>
 * The record of the first claim proves it: no other claim has its token, and it was
 * written before all the rest. What was taken back to a savepoint proves nothing and need
 * not. One look-up for each commit, none on a database that refuses a transaction in
 * which a statement has failed.
 */
final class CommitProof implements TransactionSynchronization {

    private final TransactionalIdempotencyStore store;

    private final List<Lease> claims = new ArrayList<>();

    private final IdentityHashMap<Object, Integer> claimsBefore = new IdentityHashMap<>();

    private CommitProof(TransactionalIdempotencyStore store) {
        this.store = store;
    }

    /**
     * In a transaction that the caller has begun and will commit: from now on, so that it
     * learns of savepoints.
     */
    static void afterClaim(TransactionStatus status, TransactionalIdempotencyStore store, Lease claim) {
        if (status.isNewTransaction() || !store.rollsBackByItself()
                || !TransactionSynchronizationManager.isSynchronizationActive()) {
            return;
        }
        CommitProof proof = TransactionSynchronizationManager.getSynchronizations()
            .stream()
            .filter((each) -> each instanceof CommitProof known && known.store == store)
            .map(CommitProof.class::cast)
            .findFirst()
            .orElse(null);
        if (proof == null) {
            proof = new CommitProof(store);
            TransactionSynchronizationManager.registerSynchronization(proof);
        }
        proof.claims.add(claim);
    }

    /**
     * In a transaction that the guard has begun and commits next: after all callbacks
     * that were registered until now.
     * @throws PessimisticLockingFailureException if there are no callbacks, and it is not
     * the one that was begun
     */
    static void beforeCommit(TransactionStatus status, TransactionalIdempotencyStore store, Lease claim) {
        if (!status.isNewTransaction() || !store.rollsBackByItself()) {
            return;
        }
        CommitProof proof = new CommitProof(store);
        proof.claims.add(claim);
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(proof);
        }
        else {
            proof.beforeCommit(false);
        }
    }

    @Override
    public void savepoint(Object savepoint) {
        this.claimsBefore.put(savepoint, this.claims.size());
    }

    @Override
    public void savepointRollback(Object savepoint) {
        // One that is not known was set before the first claim.
        int kept = this.claimsBefore.getOrDefault(savepoint, 0);
        this.claims.subList(Math.min(kept, this.claims.size()), this.claims.size()).clear();
    }

    @Override
    public void beforeCommit(boolean readOnly) {
        if (this.claims.isEmpty()) {
            return;
        }
        Lease first = this.claims.get(0);
        if (!this.store.releaseInTransaction(List.of(), List.of(first))) {
            // No TransactionException: Spring takes one for the commit's own and does not
            // roll back.
            throw new PessimisticLockingFailureException(
                    "The database has rolled the transaction of " + first.key().group()
                            + " back by itself, after a deadlock or a lock timeout most likely, and has begun another"
                            + " one; nothing of it is committed. Let such an exception reach the library instead of"
                            + " catching it or repeating the statement: only the whole transaction can be repeated.");
        }
    }

}

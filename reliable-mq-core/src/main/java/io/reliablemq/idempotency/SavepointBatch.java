package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The messages of one transaction, each behind a savepoint of its own. One that fails
 * leaves nothing in the transaction: no effect, no callback, no record.
 * <p>
 * Whatever concerns the transaction as a whole is thrown, and must be answered by rolling
 * it back, never by a commit: a deadlock or the like, a rollback-only mark, a savepoint
 * that is gone. Some databases roll back by themselves after a deadlock and begin another
 * transaction with the next statement: a commit would then keep the effects of the later
 * messages without their records. The savepoint is gone with the transaction, so going
 * back to it fails, and so does its release with most drivers; and the commit needs a
 * {@link CommitProof}, for a listener that has swallowed the deadlock.
 * <p>
 * Crash points: before the commit, nothing has happened, to any of the messages. After
 * it, before a failure is counted, the failed message comes again uncounted and its
 * record is not in its way; the others are done.
 */
final class SavepointBatch {

    private final TransactionalIdempotencyStore store;

    private final TransactionStatus status;

    private final Map<Object, Object> resources = Map.copyOf(TransactionSynchronizationManager.getResourceMap());

    private final List<Lease> kept = new ArrayList<>();

    private final List<Lease> released = new ArrayList<>();

    /**
     * Creates a batch.
     * @param status of a transaction in which nobody has done anything but claim
     */
    SavepointBatch(TransactionalIdempotencyStore store, TransactionStatus status) {
        this.store = store;
        this.status = status;
    }

    /**
     * Runs what is claimed.
     * @param inOrder whether none may run after one that has failed
     * @return the outcomes in order, up to there
     * @throws Exception if the transaction must be rolled back as a whole
     */
    <T> List<CallOutcome<T>> run(List<GuardedCall<T>> calls, List<Claim> claims, boolean inOrder) throws Exception {
        List<CallOutcome<T>> outcomes = new ArrayList<>();
        boolean stopped = false;
        for (int i = 0; i < calls.size(); i++) {
            Lease lease = (claims.get(i) instanceof Claim.Acquired claim) ? new Lease(calls.get(i).key(), claim.token())
                    : null;
            if (!stopped) {
                CallOutcome<T> outcome = (lease != null) ? run(calls.get(i), lease)
                        : new CallOutcome.Decided<>(new GuardResult.Duplicate<>());
                outcomes.add(outcome);
                stopped = inOrder && !outcome.isDone();
                if (lease != null) {
                    (outcome.isDone() ? this.kept : this.released).add(lease);
                }
            }
            else if (lease != null) {
                this.released.add(lease);
            }
        }
        if (!this.released.isEmpty() && !this.store.releaseInTransaction(this.released, this.kept)) {
            throw new UnexpectedRollbackException(
                    "The database has rolled the transaction back although no listener has said so");
        }
        if (!this.kept.isEmpty()) {
            CommitProof.afterClaim(this.status, this.store, this.kept.get(0));
            CommitProof.beforeCommit(this.status, this.store, this.kept.get(0));
        }
        return outcomes;
    }

    private <T> CallOutcome<T> run(GuardedCall<T> call, Lease lease) throws Exception {
        MessageSavepoint savepoint = MessageSavepoint.set(this.status, this.resources);
        CallOutcome<T> outcome;
        try {
            T value = IdempotencyContext.call(call.key(), lease.token(), call.attempt(), call.action());
            outcome = new CallOutcome.Decided<>(new GuardResult.Processed<>(value));
        }
        catch (Throwable failure) {
            if (this.store.endsTransaction(failure) || !savepoint.takesAllBack()) {
                throw failure;
            }
            savepoint.rollBack(failure);
            outcome = new CallOutcome.Failed<>(failure);
        }
        if (this.status.isRollbackOnly()) {
            throw new UnexpectedRollbackException("The transaction was marked rollback-only");
        }
        savepoint.release();
        return outcome;
    }

}

package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Claims whose effects belong to a transaction that the caller has begun. Until it ends
 * they are held and renewed; then their records are completed if it was committed,
 * released if it was rolled back, and left to run out if nobody knows. What goes back to
 * a savepoint is free for the same transaction, and is released unless it is done again.
 * <p>
 * Crash points: before the commit, there is no effect, and the claims run out; between
 * the commit and the completion, they run out although the effects have happened.
 */
final class TransactionClaims implements TransactionSynchronization {

    private final LeaseKeeper keeper;

    private final List<OpenClaim> done = new ArrayList<>();

    private final List<OpenClaim> undone = new ArrayList<>();

    private final IdentityHashMap<Object, Integer> doneBefore = new IdentityHashMap<>();

    private TransactionClaims(LeaseKeeper keeper) {
        this.keeper = keeper;
    }

    static boolean isInTransaction() {
        return TransactionSynchronizationManager.isActualTransactionActive()
                && TransactionSynchronizationManager.isSynchronizationActive();
    }

    /** Those of the current transaction; {@code null} where there are none. */
    static @Nullable TransactionClaims find(LeaseKeeper keeper) {
        if (!isInTransaction()) {
            return null;
        }
        for (TransactionSynchronization each : TransactionSynchronizationManager.getSynchronizations()) {
            if (each instanceof TransactionClaims known && known.keeper == keeper) {
                return known;
            }
        }
        return null;
    }

    /** Those of the current transaction; {@code null} where there is no transaction. */
    static @Nullable TransactionClaims joined(LeaseKeeper keeper) {
        TransactionClaims known = find(keeper);
        if (known != null || !isInTransaction()) {
            return known;
        }
        TransactionClaims claims = new TransactionClaims(keeper);
        TransactionSynchronizationManager.registerSynchronization(claims);
        return claims;
    }

    /** The effect has happened if the transaction is committed. */
    void add(OpenClaim claim) {
        this.done.add(claim);
    }

    boolean hasDone(RecordKey key) {
        return find(this.done, key) != null;
    }

    /** Its effect was taken back, so that it may be done again under the same claim. */
    @Nullable OpenClaim takeUndone(RecordKey key) {
        OpenClaim claim = find(this.undone, key);
        if (claim != null) {
            this.undone.remove(claim);
        }
        return claim;
    }

    private static @Nullable OpenClaim find(List<OpenClaim> claims, RecordKey key) {
        for (OpenClaim claim : claims) {
            if (claim.key().group().equals(key.group()) && claim.key().identity().equals(key.identity())) {
                return claim;
            }
        }
        return null;
    }

    @Override
    public void savepoint(Object savepoint) {
        this.doneBefore.put(savepoint, this.done.size());
    }

    @Override
    public void savepointRollback(Object savepoint) {
        // One that is not known was set before the first claim.
        int kept = Math.min(this.doneBefore.getOrDefault(savepoint, 0), this.done.size());
        List<OpenClaim> back = this.done.subList(kept, this.done.size());
        this.undone.addAll(back);
        back.clear();
    }

    /** Nothing waits here: the connection is still held. */
    @Override
    public void afterCompletion(int status) {
        if (status == STATUS_COMMITTED) {
            this.done.forEach(OpenClaim::completeOnceOrLater);
        }
        else if (status == STATUS_ROLLED_BACK) {
            this.undone.addAll(this.done);
        }
        else {
            this.done.forEach(OpenClaim::abandon);
        }
        RuntimeException rolledBack = new IllegalStateException("The caller's transaction was rolled back");
        boolean answers = true;
        for (OpenClaim claim : this.undone) {
            if (answers) {
                answers = claim.release(rolledBack);
            }
            else {
                claim.abandon();
            }
        }
        this.done.clear();
        this.undone.clear();
    }

}

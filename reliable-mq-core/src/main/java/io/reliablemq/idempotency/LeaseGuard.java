package io.reliablemq.idempotency;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * Claims the record, runs the action, completes the record. Crash points: before the
 * claim, nothing has happened; between claim and completion, the lease runs out and the
 * action runs again on the next delivery; after completion, the delivery is a duplicate.
 */
public final class LeaseGuard implements IdempotencyGuard {

    private final IdempotencyStore store;

    private final LeaseKeeper keeper;

    private final Duration lease;

    private final Duration retention;

    private final Clock clock;

    /**
     * Creates a guard.
     * @param store where the records are kept
     * @param keeper renews the claims on that store while actions run
     * @param lease how long a claim lasts without renewal
     * @param retention how long records are remembered at least
     * @param clock tells when an attempt that is in progress may be over
     */
    public LeaseGuard(IdempotencyStore store, LeaseKeeper keeper, Duration lease, Duration retention, Clock clock) {
        this.store = store;
        this.keeper = keeper;
        this.lease = lease;
        this.retention = retention;
        this.clock = clock;
    }

    @Override
    public <T> GuardResult<T> execute(RecordKey key, int attempt, Callable<T> action) throws Exception {
        ClaimAttempt claim = open(key);
        if (claim instanceof OpenClaim open) {
            return run(attempt, action, open);
        }
        if (claim instanceof ClaimAttempt.InProgress inProgress) {
            return new GuardResult.InProgress<>(inProgress.until());
        }
        return new GuardResult.Duplicate<>();
    }

    /**
     * Claims the record for an action that may end on another thread.
     * @param key the record
     * @return the claim, to be ended by the caller, unless it is refused
     * @throws IdempotencyStoreException if the store cannot answer
     */
    public ClaimAttempt open(RecordKey key) {
        long before = System.nanoTime();
        Claim claim = this.store.claim(key, this.lease);
        if (claim instanceof Claim.Acquired acquired) {
            return new OpenClaim(this.keeper.hold(new Lease(key, acquired.token()), this.lease, before),
                    this.retention);
        }
        if (claim instanceof Claim.Held held) {
            return new ClaimAttempt.InProgress(this.clock.instant().plus(held.remaining()));
        }
        Aliases.record(this.store, key, this.retention);
        return new ClaimAttempt.Duplicate();
    }

    private static <T> GuardResult<T> run(int attempt, Callable<T> action, OpenClaim claim) throws Exception {
        T value;
        try {
            value = claim.call(attempt, action);
        }
        catch (Throwable failure) {
            claim.release(failure);
            throw failure;
        }
        claim.complete();
        return new GuardResult.Processed<>(value);
    }

}

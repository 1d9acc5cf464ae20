package io.reliablemq.idempotency;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims the record, runs the action, completes the record. Crash points: before the
 * claim, nothing has happened; between claim and completion, the lease runs out and the
 * action runs again on the next delivery; after completion, the delivery is a duplicate.
 */
public final class LeaseGuard implements IdempotencyGuard {

    private static final Logger logger = LoggerFactory.getLogger(LeaseGuard.class);

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
        long before = System.nanoTime();
        Claim claim = this.store.claim(key, this.lease);
        if (claim instanceof Claim.Acquired acquired) {
            return run(key, attempt, action, this.keeper.hold(new Lease(key, acquired.token()), this.lease, before));
        }
        if (claim instanceof Claim.Held held) {
            return new GuardResult.InProgress<>(this.clock.instant().plus(held.remaining()));
        }
        Aliases.record(this.store, key, this.retention);
        return new GuardResult.Duplicate<>();
    }

    private <T> GuardResult<T> run(RecordKey key, int attempt, Callable<T> action, HeldLease held) throws Exception {
        T value;
        try (held) {
            try {
                value = IdempotencyContext.call(key, held.lease().token(), attempt, action);
            }
            catch (Throwable failure) {
                release(held, failure);
                throw failure;
            }
            held.complete(this.retention);
        }
        return new GuardResult.Processed<>(value);
    }

    private void release(HeldLease held, Throwable failure) {
        try {
            held.release();
        }
        catch (RuntimeException ex) {
            failure.addSuppressed(ex);
            logger.warn("Could not release the claim on {} of {}; it runs out by itself within {}",
                    held.lease().key().identity(), held.lease().key().group(), this.lease);
        }
    }

}

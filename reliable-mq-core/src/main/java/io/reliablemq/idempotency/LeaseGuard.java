package io.reliablemq.idempotency;

import java.time.Clock;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

import io.reliablemq.Internal;

/**
 * Claims the record, runs the action, completes the record. Crash points: before the
 * claim, nothing has happened; between claim and completion, the lease runs out and the
 * action runs again on the next delivery; after completion, the delivery is a duplicate.
 * <p>
 * In a transaction that the caller has begun, the record is completed after its commit
 * and released after its rollback; until then the claim is held, for that transaction a
 * duplicate, for all others in progress.
 */
@Internal
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
        TransactionClaims transaction = TransactionClaims.find(this.keeper);
        if (transaction != null) {
            OpenClaim again = transaction.takeUndone(key);
            if (again != null) {
                return again;
            }
            if (transaction.hasDone(key)) {
                Aliases.record(this.store, key, this.retention);
                return new ClaimAttempt.Duplicate();
            }
        }
        long before = System.nanoTime();
        return attempt(key, this.store.claim(key, this.lease), before);
    }

    private ClaimAttempt attempt(RecordKey key, Claim claim, long before) {
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

    /**
     * Claimed together and completed together; what fails in between is released, and the
     * others go on.
     */
    @Override
    public <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls) {
        return new CallBatch<>(calls, this, false).run((some) -> together(some, (batch) -> batch.runEach(false)));
    }

    /**
     * Claimed together and completed together. If the action throws, each call runs
     * alone, though the action may have done a part of its work.
     */
    @Override
    public <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls, BatchAction<T> together) {
        return new CallBatch<>(calls, this, false)
            .run((some) -> together(some, (batch) -> batch.runTogether(together)));
    }

    @Override
    public <T> List<CallOutcome<T>> executeInOrder(List<GuardedCall<T>> calls) {
        return new CallBatch<>(calls, this, true).run((some) -> together(some, (batch) -> batch.runEach(true)));
    }

    private <T> IdentityHashMap<GuardedCall<T>, CallOutcome<T>> together(List<GuardedCall<T>> calls,
            Consumer<LeaseBatch<T>> work) {
        if (TransactionClaims.isInTransaction()) {
            // One by one they see what became of the transaction's other claims.
            return new IdentityHashMap<>();
        }
        LeaseBatch<T> batch = new LeaseBatch<>();
        long before = System.nanoTime();
        List<Claim> claims;
        try {
            claims = this.store.claimAll(calls.stream().map(GuardedCall::key).toList(), this.lease);
        }
        catch (IdempotencyStoreException ex) {
            // What was claimed all the same runs out.
            calls.forEach((call) -> batch.add(call, new CallOutcome.Failed<>(ex)));
            return batch.end(this.keeper, this.retention);
        }
        catch (InvalidRecordKeyException ex) {
            // Alone, each says for itself whether it is the one.
            return new IdentityHashMap<>();
        }
        for (int i = 0; i < calls.size(); i++) {
            add(batch, calls.get(i), claims.get(i), before);
        }
        work.accept(batch);
        return batch.end(this.keeper, this.retention);
    }

    private <T> void add(LeaseBatch<T> batch, GuardedCall<T> call, Claim claim, long before) {
        try {
            ClaimAttempt answer = attempt(call.key(), claim, before);
            if (answer instanceof OpenClaim open) {
                batch.add(call, open);
            }
            else {
                batch.add(call, new CallOutcome.Decided<>((answer instanceof ClaimAttempt.InProgress other)
                        ? new GuardResult.InProgress<>(other.until()) : new GuardResult.Duplicate<>()));
            }
        }
        catch (RuntimeException ex) {
            // The alias of a duplicate could not be recorded.
            batch.add(call, new CallOutcome.Failed<>(ex));
        }
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

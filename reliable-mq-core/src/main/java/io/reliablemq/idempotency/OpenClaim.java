package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A claim that is held and renewed until one of its ends: completed, released or
 * abandoned. The threads that begin and end it may differ.
 */
@Internal
public final class OpenClaim implements ClaimAttempt {

    private static final Logger logger = LoggerFactory.getLogger(OpenClaim.class);

    private final HeldLease held;

    private final Duration retention;

    OpenClaim(HeldLease held, Duration retention) {
        this.held = held;
        this.retention = retention;
    }

    RecordKey key() {
        return this.held.lease().key();
    }

    /**
     * Runs the action, or its beginning, with its {@link IdempotencyContext}.
     * @param <T> type of the action's value
     * @param attempt number of this attempt, from 1
     * @param action the action
     * @return its value
     * @throws Exception whatever the action throws; the claim is still open
     */
    public <T> T call(int attempt, Callable<T> action) throws Exception {
        Lease lease = this.held.lease();
        return IdempotencyContext.call(lease.key(), lease.token(), attempt, action);
    }

    /**
     * The effect has happened. Retried until the lease ends; where completion is
     * deferred, by another thread. In a transaction of the caller's it has happened if
     * that is committed: until then the claim is held, and a rollback releases it.
     */
    public void complete() {
        TransactionClaims transaction = TransactionClaims.joined(this.held.keeper());
        if (transaction != null) {
            transaction.add(this);
        }
        else if (!this.held.defer(this.retention)) {
            completeNow(null);
        }
    }

    void completeOnceOrLater() {
        if (this.held.defer(this.retention)) {
            return;
        }
        try (this.held) {
            this.held.completeOnceOrLater(this.retention);
        }
    }

    private void completeNow(@Nullable RuntimeException before) {
        try (this.held) {
            this.held.complete(this.retention, before);
        }
    }

    /**
     * The effects have happened. One call for all; if it fails, one by one, as long as
     * their leases last.
     */
    static void completeAll(List<OpenClaim> claims, LeaseKeeper keeper, Duration retention) {
        TransactionClaims transaction = TransactionClaims.joined(keeper);
        if (transaction != null) {
            claims.forEach(transaction::add);
            return;
        }
        List<OpenClaim> now = claims.stream().filter((claim) -> !claim.held.defer(retention)).toList();
        List<HeldLease> leases = now.stream().map((claim) -> claim.held).toList();
        RuntimeException failure = (leases.size() < 2) ? null : keeper.tryToCompleteAll(leases, retention);
        if (leases.size() < 2 || failure != null) {
            now.forEach((claim) -> claim.completeNow(failure));
            return;
        }
        leases.forEach(HeldLease::close);
    }

    /**
     * The effect has not happened: the record is free again.
     * @param failure the action's failure, which learns of a store that cannot answer
     * @return whether the store has answered; if not, the claim runs out by itself
     */
    public boolean release(Throwable failure) {
        try (this.held) {
            this.held.release();
            return true;
        }
        catch (RuntimeException | Error ex) {
            failure.addSuppressed(ex);
            Lease lease = this.held.lease();
            logger.warn("Could not release the claim on {} of {}; it runs out by itself within {}",
                    lease.key().identity(), lease.key().group(), this.held.duration());
            return false;
        }
    }

    /**
     * Nobody knows whether the effect happens: the claim is renewed no more and runs out
     * by itself.
     */
    public void abandon() {
        this.held.close();
    }

}

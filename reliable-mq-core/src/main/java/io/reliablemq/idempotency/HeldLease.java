package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A claim of this instance, renewed until it is closed.
 */
final class HeldLease implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(HeldLease.class);

    private static final long FIRST_PAUSE = Duration.ofMillis(50).toNanos();

    private static final long LONGEST_PAUSE = Duration.ofSeconds(1).toNanos();

    private final LeaseKeeper keeper;

    private final Lease lease;

    private final Duration duration;

    private final AtomicBoolean lost = new AtomicBoolean();

    private volatile boolean ending;

    private volatile long expiresAt;

    HeldLease(LeaseKeeper keeper, Lease lease, Duration duration, long since) {
        this.keeper = keeper;
        this.lease = lease;
        this.duration = duration;
        renewedAt(since);
    }

    LeaseKeeper keeper() {
        return this.keeper;
    }

    Lease lease() {
        return this.lease;
    }

    Duration duration() {
        return this.duration;
    }

    /** Counted from before the call, so that the store's lease ends later than ours. */
    void renewedAt(long nanoTime) {
        this.expiresAt = nanoTime + this.duration.toNanos();
    }

    /**
     * From then on the ending itself finds out whether the lease was lost, and it is not
     * renewed any more: else completion could be retried for ever.
     */
    boolean isEnding() {
        return this.ending;
    }

    void end() {
        this.ending = true;
    }

    /** Whether it may have run out in the store. */
    boolean isOver() {
        return this.expiresAt - System.nanoTime() <= 0;
    }

    /** Whether it is completed later; until then it is renewed. */
    boolean defer(Duration retention) {
        return this.keeper.defer(this, retention);
    }

    /** Whether this is the first time that the loss is noticed. */
    boolean markLost() {
        return this.lost.compareAndSet(false, true);
    }

    void release() {
        this.ending = true;
        if (!this.keeper.store().release(this.lease.key(), this.lease.token())) {
            this.keeper.lost(this);
        }
    }

    /**
     * Retried until the lease ends. After that the message is acknowledged all the same:
     * a later copy may repeat the effect, a negative acknowledgement would make it
     * certain. The completion goes on being tried, on another thread.
     * @param before how the store has failed just now; {@code null} if it was not asked,
     * and then it is once in any case
     */
    void complete(Duration retention, @Nullable RuntimeException before) {
        this.ending = true;
        boolean interrupted = false;
        long pause = FIRST_PAUSE;
        RuntimeException known = isOver() ? before : null;
        try {
            while (true) {
                // A store may refuse to work for an interrupted thread.
                interrupted |= Thread.interrupted();
                RuntimeException failure = (known != null) ? known : tryToComplete(retention);
                if (failure == null) {
                    return;
                }
                long remaining = this.expiresAt - System.nanoTime();
                if (remaining <= 0 || interrupted) {
                    this.keeper.completionLost(this, failure);
                    this.keeper.completeLater(this, retention, true);
                    return;
                }
                logger.debug("Completion of {} failed, trying again", this.lease.key().identity(), failure);
                LockSupport.parkNanos(Math.min(pause, remaining));
                pause = Math.min(pause * 2, LONGEST_PAUSE);
            }
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Where nothing may wait: what fails is tried again on another thread. */
    void completeOnceOrLater(Duration retention) {
        this.ending = true;
        if (tryToComplete(retention) != null) {
            this.keeper.completeLater(this, retention, false);
        }
    }

    /**
     * Whatever the store throws: the effect has happened, so this is no failure of the
     * action.
     */
    private @Nullable RuntimeException tryToComplete(Duration retention) {
        try {
            if (!this.keeper.store().complete(this.lease.key(), this.lease.token(), retention)) {
                this.keeper.lost(this);
            }
            return null;
        }
        catch (RuntimeException | Error ex) {
            return (ex instanceof RuntimeException failure) ? failure : new IllegalStateException(ex);
        }
    }

    @Override
    public void close() {
        this.keeper.drop(this);
    }

}

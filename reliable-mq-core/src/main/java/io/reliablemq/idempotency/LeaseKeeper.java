package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews the claims of this instance on one store, at a third of their lease, with one
 * call for all claims of equal length. Counts {@code reliable.mq.lease.lost} and
 * {@code reliable.mq.completion.lost}.
 */
@Internal
public final class LeaseKeeper implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(LeaseKeeper.class);

    private final IdempotencyStore store;

    private final Counter leasesLost;

    private final Counter completionsLost;

    private final Map<Duration, Set<HeldLease>> held = new ConcurrentHashMap<>();

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor((task) -> {
        Thread thread = new Thread(task, "reliable-mq-leases");
        thread.setDaemon(true);
        return thread;
    });

    private final @Nullable DeferredCompletions deferred;

    private final LateCompletions late = new LateCompletions(this);

    /**
     * Creates a keeper that completes at once, and its daemon thread.
     * @param store where the claims are
     * @param meters counts lost leases and lost completions
     */
    public LeaseKeeper(IdempotencyStore store, MeterRegistry meters) {
        this(store, meters, false);
    }

    /**
     * Creates a keeper and its daemon threads.
     * @param store where the claims are
     * @param meters counts lost leases and lost completions
     * @param deferCompletion whether records are completed together, a short time after
     * their actions have ended
     */
    public LeaseKeeper(IdempotencyStore store, MeterRegistry meters, boolean deferCompletion) {
        this.store = store;
        this.deferred = deferCompletion ? new DeferredCompletions(this) : null;
        this.leasesLost = Counter.builder("reliable.mq.lease.lost")
            .description("Claims taken over by another instance while the listener was running")
            .register(meters);
        this.completionsLost = Counter.builder("reliable.mq.completion.lost")
            .description("Effects that happened but could not be recorded before the lease ended")
            .register(meters);
        if (this.deferred != null) {
            this.deferred.start();
        }
    }

    IdempotencyStore store() {
        return this.store;
    }

    HeldLease hold(Lease lease, Duration duration, long since) {
        HeldLease heldLease = new HeldLease(this, lease, duration, since);
        this.held.computeIfAbsent(duration, this::startRenewing).add(heldLease);
        return heldLease;
    }

    void drop(HeldLease lease) {
        Set<HeldLease> same = this.held.get(lease.duration());
        if (same != null) {
            same.remove(lease);
        }
    }

    /** Whether it is completed later. If not, the caller does it. */
    boolean defer(HeldLease lease, Duration retention) {
        return this.deferred != null && this.deferred.offer(lease, retention);
    }

    /**
     * It goes on being completed until the store has answered.
     * @param known whether its loss was counted
     */
    void completeLater(HeldLease lease, Duration retention, boolean known) {
        this.late.add(lease, retention, known);
    }

    /** The failure if the store has not answered. */
    @Nullable RuntimeException tryToCompleteAll(List<HeldLease> done, Duration retention) {
        List<Lease> leases = new ArrayList<>(done.size());
        for (HeldLease lease : done) {
            lease.end();
            leases.add(lease.lease());
        }
        try {
            List<Lease> gone = this.store.completeAll(leases, retention);
            if (!gone.isEmpty()) {
                done.stream().filter((lease) -> gone.contains(lease.lease())).forEach(this::lost);
            }
            return null;
        }
        catch (RuntimeException | Error ex) {
            // Whatever it is: the effects have happened, and the thread must live on.
            logger.debug("{} records could not be completed together", done.size(), ex);
            return (ex instanceof RuntimeException failure) ? failure : new IllegalStateException(ex);
        }
    }

    void lost(HeldLease lease) {
        if (lease.markLost()) {
            say(() -> {
                this.leasesLost.increment();
                logger.warn(
                        "The lease on {} of {} was lost: another instance has taken the message over, its effect may"
                                + " happen twice. Processing paused for longer than the lease of {}.",
                        lease.lease().key().identity(), lease.lease().key().group(), lease.duration());
            });
        }
    }

    void completionLost(HeldLease lease, RuntimeException cause) {
        say(() -> {
            this.completionsLost.increment();
            logger.error(
                    "The effect of {} of {} happened, but its record could not be completed before the lease ended."
                            + " The message is acknowledged; another copy of it would repeat the effect until the"
                            + " record is completed, which goes on being tried.",
                    lease.lease().key().identity(), lease.lease().key().group(), cause);
        });
    }

    /** What cannot be said, by a meter or a logger, changes nothing of what is done. */
    private static void say(Runnable words) {
        try {
            words.run();
        }
        catch (RuntimeException | Error ex) {
            // There is nobody else to tell.
        }
    }

    private Set<HeldLease> startRenewing(Duration duration) {
        Set<HeldLease> leases = ConcurrentHashMap.newKeySet();
        long period = Math.max(1, duration.toNanos() / 3);
        ScheduledFuture<?> unused = this.scheduler.scheduleWithFixedDelay(() -> renewAndGoOn(leases, duration), period,
                period, TimeUnit.NANOSECONDS);
        return leases;
    }

    private void renewAndGoOn(Set<HeldLease> leases, Duration duration) {
        try {
            renew(leases, duration);
        }
        catch (Throwable ex) {
            // It would end the schedule, and every lease after it.
            say(() -> logger.warn("Leases of {} could not be renewed; trying again in a third of that time", duration,
                    ex));
        }
    }

    private void renew(Set<HeldLease> leases, Duration duration) {
        Map<Lease, HeldLease> current = leases.stream()
            .filter((lease) -> !lease.isEnding())
            .collect(Collectors.toMap(HeldLease::lease, (lease) -> lease, (one, same) -> one));
        if (current.isEmpty()) {
            return;
        }
        long before = System.nanoTime();
        try {
            for (Lease gone : this.store.renew(new ArrayList<>(current.keySet()), duration)) {
                HeldLease lease = current.remove(gone);
                if (lease != null && !lease.isEnding()) {
                    leases.remove(lease);
                    lost(lease);
                }
            }
            current.values().forEach((lease) -> lease.renewedAt(before));
        }
        catch (RuntimeException | Error ex) {
            // The next tick tries again; the thread must live on.
            logger.warn("Could not renew {} leases of {}; trying again in a third of that time", current.size(),
                    duration, ex);
        }
    }

    /**
     * Completes what is still to be completed, and from now on completes at once. Returns
     * when that is done, or has failed until the leases ended.
     */
    public void flush() {
        if (this.deferred != null) {
            this.deferred.flush();
        }
    }

    /**
     * Stops renewing, after a last {@link #flush} and a last attempt at what could not be
     * completed in time. Claims still held run out by themselves.
     */
    @Override
    public void close() {
        if (this.deferred != null) {
            this.deferred.close();
        }
        this.late.close();
        this.scheduler.shutdownNow();
    }

}

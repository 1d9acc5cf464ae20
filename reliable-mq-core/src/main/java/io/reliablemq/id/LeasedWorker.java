package io.reliablemq.id;

import java.time.Clock;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker whose id is leased. One daemon thread talks to the allocator; callers only
 * wait for it, and only once the limit is reached.
 */
final class LeasedWorker implements Worker {

    private static final Logger logger = LoggerFactory.getLogger(LeasedWorker.class);

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final WorkerIdAllocator allocator;

    private final Clock clock;

    private final WorkerLeaseOptions options;

    private final ScheduledExecutorService executor;

    private final AtomicBoolean requested = new AtomicBoolean();

    private final Object changed = new Object();

    private volatile ActiveWorkerLease seat;

    private volatile @Nullable RuntimeException failure;

    private LeasedWorker(WorkerIdAllocator allocator, Clock clock, WorkerLeaseOptions options,
            ScheduledExecutorService executor) {
        this.allocator = allocator;
        this.clock = clock;
        this.options = options;
        this.executor = executor;
        this.seat = claim(allocator, clock, options);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // maintain() reports its failures
                                                  // itself
    static LeasedWorker start(WorkerIdAllocator allocator, Clock clock, WorkerLeaseOptions options) {
        ScheduledExecutorService executor = executor();
        LeasedWorker worker;
        try {
            worker = new LeasedWorker(allocator, clock, options, executor);
        }
        catch (RuntimeException ex) {
            executor.shutdown();
            throw ex;
        }
        long period = options.length().toMillis() / 10;
        executor.scheduleWithFixedDelay(worker::maintain, period, period, TimeUnit.MILLISECONDS);
        return worker;
    }

    private static ScheduledExecutorService executor() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, (task) -> {
            Thread thread = new Thread(task, "reliable-mq-worker-id");
            thread.setDaemon(true);
            return thread;
        });
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        return executor;
    }

    private static ActiveWorkerLease claim(WorkerIdAllocator allocator, Clock clock, WorkerLeaseOptions options) {
        long now = clock.millis();
        WorkerLease lease = allocator.claim(now, now + options.length().toMillis());
        logger.info("Leased worker id {}", lease.workerId());
        return new ActiveWorkerLease(lease);
    }

    @Override
    public ActiveWorkerLease seat() {
        return this.seat;
    }

    /**
     * Extends the lease, or takes another one if it is lost. Runs on the one thread of
     * the executor only.
     */
    void maintain() {
        this.requested.set(false);
        try {
            ActiveWorkerLease seat = this.seat;
            if (!extend(seat)) {
                seat.revoke();
                this.seat = claim(this.allocator, this.clock, this.options);
                logger.warn("Worker id {} was taken over by another instance, now using {}. Was this process frozen, or"
                        + " were the leases deleted?", seat.workerId(), this.seat.workerId());
            }
            this.failure = null;
        }
        catch (Throwable ex) {
            if (this.failure == null) {
                logger.warn("The lease of worker id {} could not be extended; trying again", this.seat.workerId(), ex);
            }
            this.failure = (ex instanceof RuntimeException failed) ? failed : new IllegalStateException(ex);
        }
        synchronized (this.changed) {
            this.changed.notifyAll();
        }
    }

    private boolean extend(ActiveWorkerLease seat) {
        long limit = this.clock.millis() + this.options.length().toMillis();
        if (limit <= seat.limit()) {
            return true;
        }
        if (!this.allocator.extend(seat.lease(), limit)) {
            return false;
        }
        seat.raiseLimit(limit);
        return true;
    }

    @Override
    public void awaitBeyondLimit(ActiveWorkerLease seat, long timestamp) {
        long start = System.nanoTime();
        long patience = this.options.patience().toNanos();
        while (this.seat == seat && timestamp > seat.limit()) {
            long left = patience - (System.nanoTime() - start);
            if (left <= 0) {
                throw exhausted(seat, this.failure);
            }
            requestMaintenance();
            try {
                synchronized (this.changed) {
                    if (this.seat == seat && timestamp > seat.limit()) {
                        TimeUnit.NANOSECONDS.timedWait(this.changed, Math.min(left, RETRY_NANOS));
                    }
                }
            }
            catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                throw exhausted(seat, ex);
            }
        }
    }

    private void requestMaintenance() {
        if (this.requested.compareAndSet(false, true)) {
            try {
                this.executor.execute(this::maintain);
            }
            catch (RejectedExecutionException ex) {
                throw new IllegalStateException("The message id generator is closed: send before shutting down.", ex);
            }
        }
    }

    private static WorkerIdUnavailableException exhausted(ActiveWorkerLease seat, @Nullable Throwable cause) {
        return new WorkerIdUnavailableException("The lease of worker id " + seat.workerId()
                + " has run out and could not be renewed in time. Check the store that keeps the worker ids; sending"
                + " works again as soon as it answers. Without such a store, set reliable-mq.id.worker-id.", cause);
    }

    @Override
    public void close(long lastTimestamp) {
        this.executor.shutdown();
        try {
            this.executor.awaitTermination(this.options.patience().toNanos(), TimeUnit.NANOSECONDS);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        WorkerLease lease = this.seat.lease();
        try {
            this.allocator.release(lease, Math.max(lastTimestamp, lease.previousLimit()));
        }
        catch (WorkerIdUnavailableException ex) {
            logger.warn("Worker id {} could not be given back; it becomes free when its lease has run out",
                    lease.workerId(), ex);
        }
    }

}

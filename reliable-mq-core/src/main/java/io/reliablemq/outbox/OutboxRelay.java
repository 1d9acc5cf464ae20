package io.reliablemq.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.producer.SendLimits;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Sends stored messages: those that this instance has just committed at once, all others
 * when they are due. Runs on every instance. Crash points: between claim and send, the
 * claim runs out and another instance sends; between send and mark, it is sent again with
 * the same ids, and the consumer's guard absorbs the copy; in the middle of a mark, all
 * of it or nothing is written.
 */
public final class OutboxRelay implements SmartLifecycle {

    /** Stops after the listeners, which send as well. */
    private static final int PHASE = Integer.MAX_VALUE - 3000;

    private static final Logger logger = LoggerFactory.getLogger(OutboxRelay.class);

    private static final int KEYS_LOOKED_AT = 500;

    private final OutboxStore store;

    private final OutboxClusters clusters;

    private final OutboxOptions options;

    private final DestinationPauses pauses = new DestinationPauses();

    private final OutboxDelivery delivery;

    private final OutboxMeters meters;

    private final ClaimSize claimSize;

    private final OutboxPurge purge;

    private final CommittedMessages committed;

    private final Queue<OutboxEntry> overflow = new ConcurrentLinkedQueue<>();

    private final Set<OrderingKey> keysInHand = ConcurrentHashMap.newKeySet();

    /** Keys that hang must not keep other messages waiting. */
    private final Semaphore keyPlaces;

    private final Semaphore places;

    private final BlockingQueue<Boolean> signal = new ArrayBlockingQueue<>(1);

    private volatile boolean running;

    private @Nullable ExecutorService workers;

    private @Nullable Thread poller;

    /**
     * Creates a relay that does not run yet.
     * @param store where the messages are
     * @param clusters where they can be sent
     * @param options how
     * @param meters where {@code reliable.mq.outbox.*} is registered
     */
    public OutboxRelay(OutboxStore store, OutboxClusters clusters, OutboxOptions options, MeterRegistry meters) {
        this(store, clusters, options, SendLimits.none(), meters);
    }

    /**
     * Creates a relay that does not run yet.
     * @param store where the messages are
     * @param clusters where they can be sent
     * @param options how
     * @param limits messages per second by topic; what waits for its turn does not fail
     * @param meters where {@code reliable.mq.outbox.*} is registered
     */
    public OutboxRelay(OutboxStore store, OutboxClusters clusters, OutboxOptions options, SendLimits limits,
            MeterRegistry meters) {
        this.store = store;
        this.clusters = clusters;
        this.options = options;
        this.meters = new OutboxMeters(store, meters);
        this.delivery = new OutboxDelivery(store, new OutboxSender(clusters, this.pauses, options, limits), this.meters,
                options.batchSize());
        this.claimSize = new ClaimSize(options.batchSize());
        this.purge = new OutboxPurge(store, options.retention());
        this.committed = new CommittedMessages(this.delivery::deliver);
        this.keyPlaces = new Semaphore(options.threads());
        this.places = new Semaphore(options.threads());
    }

    @Override
    public synchronized void start() {
        if (this.running) {
            return;
        }
        this.running = true;
        this.workers = Executors.newCachedThreadPool((task) -> daemon(task, "reliable-mq-outbox-relay"));
        this.committed.start();
        this.poller = daemon(this::run, "reliable-mq-outbox-poll");
        this.poller.start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public boolean isRunning() {
        return this.running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /** Ends what is under way and gives the rest back, so that others can send it. */
    @Override
    public synchronized void stop() {
        if (!this.running) {
            return;
        }
        this.running = false;
        long deadline = System.nanoTime() + this.options.drainTimeout().toNanos();
        wakeUp();
        List<OutboxEntry> left = new ArrayList<>(this.committed.stop(deadline));
        try {
            if (this.poller != null) {
                TimeUnit.NANOSECONDS.timedJoin(this.poller, Math.max(1, deadline - System.nanoTime()));
                this.poller.interrupt();
            }
            if (this.workers != null) {
                this.workers.shutdown();
                if (!this.workers.awaitTermination(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    this.workers.shutdownNow();
                }
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        for (OutboxEntry entry = this.overflow.poll(); entry != null; entry = this.overflow.poll()) {
            left.add(entry);
        }
        this.delivery.settle(OutboxSender.untried(left, Duration.ZERO));
    }

    /**
     * Looks for messages now instead of after the rest.
     */
    public void wakeUp() {
        // A signal that waits already will do.
        boolean unused = this.signal.offer(true);
    }

    /**
     * Sends messages whose transaction has committed, without waiting: the committing
     * thread still holds its connection. Whatever was not claimed is the relay's.
     */
    void sendCommitted(List<OutboxEntry> entries) {
        for (OutboxEntry entry : entries) {
            if (!this.committed.offer(entry)) {
                this.overflow.add(entry);
            }
        }
        if (entries.isEmpty() || !this.overflow.isEmpty()) {
            wakeUp();
        }
    }

    private void run() {
        boolean failing = false;
        while (this.running) {
            boolean busy = false;
            try {
                busy = poll();
                this.meters.refresh(System.nanoTime());
                busy |= this.purge.run(System.nanoTime());
                failing = false;
            }
            catch (RuntimeException ex) {
                if (!failing) {
                    logger.warn("The outbox cannot be read; trying again every {}", this.options.poll(), ex);
                }
                failing = true;
            }
            if (!busy && !rest()) {
                return;
            }
        }
    }

    private boolean rest() {
        try {
            Boolean unused = this.signal.poll(this.options.poll().toMillis(), TimeUnit.MILLISECONDS);
            return true;
        }
        catch (InterruptedException ex) {
            return false;
        }
    }

    /** Whether there may be more to do at once. */
    private boolean poll() {
        giveBackOverflow();
        OutboxScope scope = new OutboxScope(this.clusters.names(), this.pauses.paused(System.nanoTime()));
        sendKeys(this.store.dueKeys(KEYS_LOOKED_AT, scope));
        if (this.places.availablePermits() == 0) {
            return false;
        }
        int most = this.claimSize.next(scope);
        List<OutboxEntry> entries = this.store.claim(most, scope);
        for (List<OutboxEntry> group : this.delivery.groups(entries)) {
            this.places.acquireUninterruptibly();
            work(() -> this.delivery.deliverGroup(group), this.places::release);
        }
        return this.claimSize.found(most, entries.size());
    }

    private void sendKeys(List<OrderingKey> keys) {
        for (OrderingKey key : keys) {
            if (this.keysInHand.contains(key)) {
                continue;
            }
            if (!this.keyPlaces.tryAcquire()) {
                return;
            }
            this.keysInHand.add(key);
            work(() -> this.delivery.deliverKey(key, this::isRunning), () -> {
                this.keysInHand.remove(key);
                this.keyPlaces.release();
            });
        }
    }

    private void giveBackOverflow() {
        List<OutboxEntry> some = new ArrayList<>();
        for (OutboxEntry entry = this.overflow.poll(); entry != null; entry = this.overflow.poll()) {
            some.add(entry);
        }
        this.delivery.settle(OutboxSender.untried(some, Duration.ZERO));
    }

    /** Whoever ends lets the poller look for what could not begin. */
    private void work(Runnable task, Runnable end) {
        ExecutorService pool = this.workers;
        if (pool == null || !this.running) {
            end.run();
            return;
        }
        pool.execute(() -> {
            try {
                task.run();
            }
            catch (RuntimeException ex) {
                logger.warn("Sending from the outbox failed; it is tried again when the claim has run out", ex);
            }
            finally {
                end.run();
                wakeUp();
            }
        });
    }

}

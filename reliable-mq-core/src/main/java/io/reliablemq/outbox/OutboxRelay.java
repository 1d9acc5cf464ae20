package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.schedule.PeriodicTask;
import org.springframework.context.SmartLifecycle;

/**
 * The sender of stored messages. Runs on every instance.
 * <ol>
 * <li>Messages that this instance has just committed come claimed and are sent at once
 * ({@link CommittedMessages}); those that it has no room for are given back.</li>
 * <li>All others are found by the poller, when it is woken up or after the poll interval.
 * It first starts the ordering keys that have messages ({@link KeyDispatch}).</li>
 * <li>It claims a batch of messages that are due ({@link ClaimSize}), except for
 * destinations that are paused or take up all their places.</li>
 * <li>It divides the batch by destination and takes places for each
 * ({@link LaneConcurrency}); what gets none is given back.</li>
 * <li>Threads of {@link RelayWorkers} send the messages of a destination, and mark what
 * came of them ({@link OutboxDispatcher}).</li>
 * <li>{@link RelayUpkeep} returns what was given back, writes marks that could not be
 * written, counts and deletes.</li>
 * </ol>
 * Crash points: between claim and send, the claim runs out and another instance sends;
 * between send and mark, it is sent again with the same ids, and the consumer's guard
 * absorbs the copy; in the middle of a mark, all of it or nothing is written.
 */
public final class OutboxRelay implements SmartLifecycle {

    /** Stops after the listeners, which send as well. */
    private static final int PHASE = Integer.MAX_VALUE - 3000;

    private final OutboxStore store;

    private final OutboxClusters clusters;

    private final OutboxOptions options;

    private final DestinationPauses pauses = new DestinationPauses();

    private final LaneConcurrency places;

    private final OutboxDispatcher delivery;

    private final ClaimSize claimSize;

    private final RelayUpkeep upkeep;

    private final CommittedMessages committed;

    private final RelayWorkers workers;

    private final KeyDispatch keys;

    private final BlockingQueue<Boolean> signal = new ArrayBlockingQueue<>(1);

    private volatile boolean running;

    private final PeriodicTask poller;

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
        OutboxMeters outboxMeters = new OutboxMeters(store, meters);
        this.places = new LaneConcurrency(options.threads() + CommittedLine.MOST_THREADS);
        this.delivery = new OutboxDispatcher(store, new OutboxSender(clusters, this.pauses, options, limits),
                outboxMeters, options.batchSize());
        this.claimSize = new ClaimSize(options.batchSize());
        this.workers = new RelayWorkers(options.threads(), this::wakeUp);
        this.keys = new KeyDispatch(store, clusters, this.places, this.pauses, this.workers,
                (key, place) -> this.delivery.deliverKey(key, place, () -> this.running));
        this.upkeep = new RelayUpkeep(this.delivery, outboxMeters, new OutboxPurge(store, options.retention()),
                this::wakeUp, options.poll());
        this.poller = PeriodicTask.continuous("reliable-mq-outbox-poll", options.poll(), "The outbox cannot be read",
                this::look);
        this.committed = new CommittedMessages(this.places, this.pauses, this.delivery::deliverGroup,
                this.upkeep::giveBack);
    }

    @Override
    public synchronized void start() {
        if (this.running) {
            return;
        }
        this.running = true;
        this.workers.start();
        this.committed.start();
        this.upkeep.start();
        this.poller.start();
    }

    /**
     * Whether messages are sent.
     * @return {@code false} before the start and after the end, and also if a thread that
     * must live has ended by itself
     */
    @Override
    public boolean isRunning() {
        return this.running && this.poller.isAlive() && this.upkeep.isAlive();
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
        this.poller.stop(deadline);
        this.workers.stop(deadline);
        this.upkeep.giveBack(left);
        this.upkeep.stop(deadline);
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
        List<OutboxEntry> refused = this.committed.offer(entries);
        if (!refused.isEmpty()) {
            this.upkeep.giveBack(refused);
        }
        if (entries.isEmpty()) {
            wakeUp();
        }
    }

    private void look() throws InterruptedException {
        if (!poll()) {
            Boolean unused = this.signal.poll(this.options.poll().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Whether there may be more to do at once. */
    private boolean poll() {
        Set<ClusterTopic> paused = this.pauses.paused(System.nanoTime());
        int most = this.claimSize.next(new OutboxScope(this.clusters.names(), paused));
        Set<ClusterTopic> closed = new HashSet<>(paused);
        closed.addAll(this.places.full());
        OutboxScope scope = new OutboxScope(this.clusters.names(), closed);
        Throwable failure = null;
        try {
            this.keys.send(scope);
        }
        catch (Throwable ex) {
            // Other messages need no keys.
            failure = ex;
        }
        boolean more = this.workers.hasRoom() && send(this.store.claim(most, scope), most);
        if (failure != null) {
            throw new IllegalStateException("Ordering keys cannot be found", failure);
        }
        return more;
    }

    private boolean send(List<OutboxEntry> entries, int most) {
        List<OutboxEntry> left = new ArrayList<>();
        for (List<List<OutboxEntry>> groups : this.delivery.byDestination(entries)) {
            Lane lane = new Lane(groups.get(0).get(0).destination(), null);
            List<LaneConcurrency.Place> entered = this.places.enter(lane, groups.size());
            for (int i = 0; i < entered.size(); i++) {
                send(share(groups, i, entered.size()), entered.get(i));
            }
            if (entered.isEmpty()) {
                groups.forEach(left::addAll);
            }
        }
        this.upkeep.giveBack(left);
        return this.claimSize.found(most, entries.size()) && left.isEmpty();
    }

    private static List<List<OutboxEntry>> share(List<List<OutboxEntry>> groups, int part, int parts) {
        return IntStream.range(0, groups.size()).filter((i) -> i % parts == part).mapToObj(groups::get).toList();
    }

    private void send(List<List<OutboxEntry>> groups, LaneConcurrency.Place place) {
        boolean begun = this.workers.begin(place, () -> {
            for (List<OutboxEntry> group : groups) {
                if (Thread.currentThread().isInterrupted() || this.pauses.isPaused(place.lane(), System.nanoTime())) {
                    this.upkeep.giveBack(group);
                }
                else {
                    this.delivery.deliverGroup(group, place);
                }
            }
        }, false);
        if (!begun) {
            groups.forEach(this.upkeep::giveBack);
        }
    }

}

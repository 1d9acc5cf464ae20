package io.reliablemq.outbox;

import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import io.reliablemq.producer.MessageTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for ordering keys with messages that are due, and has each sent by one thread.
 * Keys of a topic, or of a broker of it, that nobody can go to for now do not hide those
 * of others.
 */
final class KeyDispatch {

    private static final Logger logger = LoggerFactory.getLogger(KeyDispatch.class);

    private static final int LOOKED_AT = 500;

    /** If those are all of a broker that nobody can go to now. */
    private static final int MOST_LOOKED_AT = 32_000;

    private static final long BETWEEN_WIDE_LOOKS = TimeUnit.SECONDS.toNanos(1);

    private static final long REST = TimeUnit.SECONDS.toNanos(5);

    private static final int MOST_RESTING = 10_000;

    private final OutboxStore store;

    private final OutboxClusters clusters;

    private final LaneConcurrency places;

    private final DestinationPauses pauses;

    private final RelayWorkers workers;

    private final BiConsumer<OrderingKey, LaneConcurrency.Place> deliver;

    private final Set<OrderingKey> inHand = ConcurrentHashMap.newKeySet();

    /** Keys that could not even be claimed, and until when they are left alone. */
    private final Map<OrderingKey, Long> resting = new ConcurrentHashMap<>();

    /** What a wide look has found, as far as nobody had room for it. */
    private Iterator<OrderingKey> ahead = Collections.emptyIterator();

    private int width = LOOKED_AT;

    private long nextWideLook = System.nanoTime();

    KeyDispatch(OutboxStore store, OutboxClusters clusters, LaneConcurrency places, DestinationPauses pauses,
            RelayWorkers workers, BiConsumer<OrderingKey, LaneConcurrency.Place> deliver) {
        this.store = store;
        this.clusters = clusters;
        this.places = places;
        this.pauses = pauses;
        this.workers = workers;
        this.deliver = deliver;
    }

    void send(OutboxScope scope) {
        if (!this.workers.hasRoomForKeys()) {
            return;
        }
        Set<ClusterTopic> refused = begin(this.store.dueKeys(LOOKED_AT, scope).iterator());
        if (refused.isEmpty()) {
            this.width = LOOKED_AT;
            this.ahead = Collections.emptyIterator();
            return;
        }
        if (this.workers.hasRoomForKeys()) {
            refused.addAll(scope.paused());
            Set<ClusterTopic> unused = begin(
                    this.store.dueKeys(LOOKED_AT, new OutboxScope(scope.clusters(), refused)).iterator());
        }
        lookAhead(scope);
    }

    /**
     * Keys that could not be begun may be all that is seen of a topic, although others of
     * it go to another broker: looks further, wider each time.
     */
    private void lookAhead(OutboxScope scope) {
        Set<ClusterTopic> unused = begin(this.ahead);
        long start = System.nanoTime();
        if (this.workers.hasRoomForKeys() && start - this.nextWideLook >= 0) {
            this.width = Math.min(MOST_LOOKED_AT, 4 * this.width);
            this.ahead = this.store.dueKeys(this.width, scope).iterator();
            unused = begin(this.ahead);
            long end = System.nanoTime();
            this.nextWideLook = end + Math.max(BETWEEN_WIDE_LOOKS, 10 * (end - start));
        }
    }

    /** Begins what it can and says which topics have keys that it could not begin. */
    private Set<ClusterTopic> begin(Iterator<OrderingKey> keys) {
        Set<ClusterTopic> refused = new HashSet<>();
        long now = System.nanoTime();
        while (this.workers.hasRoomForKeys() && keys.hasNext()) {
            OrderingKey key = keys.next();
            if (this.inHand.contains(key)) {
                continue;
            }
            LaneConcurrency.Place place = isResting(key, now) ? null : enter(key, now);
            if (place == null) {
                refused.add(new ClusterTopic(key.cluster(), key.topic()));
            }
            else {
                begin(key, place);
            }
        }
        return refused;
    }

    private boolean isResting(OrderingKey key, long now) {
        Long until = this.resting.get(key);
        if (until != null && until - now <= 0) {
            this.resting.remove(key);
            return false;
        }
        return until != null;
    }

    private LaneConcurrency.@Nullable Place enter(OrderingKey key, long now) {
        Lane lane = new Lane(new ClusterTopic(key.cluster(), key.topic()), brokerOf(key));
        return this.pauses.isPaused(lane, now) ? null : this.places.enter(lane);
    }

    private @Nullable String brokerOf(OrderingKey key) {
        MessageTransport transport = this.clusters.transport(key.cluster());
        try {
            return (transport != null) ? transport.brokerOf(key.topic(), key.key()) : null;
        }
        catch (Throwable ex) {
            logger.debug("The broker of ordering keys of topic {} is not known", key.topic(), ex);
            return null;
        }
    }

    private void begin(OrderingKey key, LaneConcurrency.Place place) {
        this.inHand.add(key);
        boolean begun = this.workers.begin(place, () -> {
            try {
                this.deliver.accept(key, place);
            }
            catch (Throwable ex) {
                rest(key);
                throw ex;
            }
            finally {
                this.inHand.remove(key);
            }
        }, true);
        if (!begun) {
            this.inHand.remove(key);
        }
    }

    private void rest(OrderingKey key) {
        if (this.resting.size() >= MOST_RESTING) {
            this.resting.clear();
        }
        this.resting.put(key, System.nanoTime() + REST);
    }

}

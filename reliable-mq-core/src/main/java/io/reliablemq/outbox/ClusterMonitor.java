package io.reliablemq.outbox;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.Internal;
import io.reliablemq.schedule.PeriodicTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Reports messages that wait for a cluster that this instance has no template for: they
 * stay for instances that have one, and nobody else would tell that there is none. Looks
 * every minute; says what it found when that has changed, and in
 * {@code reliable.mq.outbox.unknown.cluster}.
 */
@Internal
public final class ClusterMonitor implements SmartLifecycle {

    private static final Logger logger = LoggerFactory.getLogger(ClusterMonitor.class);

    private static final int PHASE = Integer.MAX_VALUE - 2999;

    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final OutboxStore store;

    private final OutboxClusters clusters;

    private volatile long unknown;

    private Set<String> reported = Set.of();

    private final PeriodicTask task = PeriodicTask.of("reliable-mq-outbox-clusters", Duration.ZERO, PERIOD,
            "The outbox could not be asked for messages of other clusters", this::lookAgain);

    /**
     * Creates a watch that does not look yet.
     * @param store where the messages are
     * @param clusters where this instance can send
     * @param meters where the number is registered
     */
    public ClusterMonitor(OutboxStore store, OutboxClusters clusters, MeterRegistry meters) {
        this.store = store;
        this.clusters = clusters;
        Gauge.builder("reliable.mq.outbox.unknown.cluster", this, (watch) -> watch.unknown)
            .description("Stored messages that are due and for clusters that this instance has no template for")
            .register(meters);
    }

    /**
     * Looks now.
     * @return the messages that nobody has taken for a minute, by cluster
     */
    public synchronized Map<String, Long> look() {
        Map<String, Long> found = new TreeMap<>(this.store.waitingElsewhere(this.clusters.names(), PERIOD));
        this.unknown = found.values().stream().mapToLong(Long::longValue).sum();
        if (!found.isEmpty() && !found.keySet().equals(this.reported)) {
            Set<String> known = this.clusters.names();
            if (known.isEmpty()) {
                logger.warn("The outbox holds messages, by cluster: {}, and this instance sends nothing from it"
                        + " (reliable-mq.outbox.mode is off). They wait for an instance that does.", found);
            }
            else {
                logger.warn("The outbox holds messages for clusters that this instance has no RocketMQTemplate for: {}."
                        + " They wait for an instance that has one: a bean of that name, or one that leads to those"
                        + " name servers. This instance knows {}.", found, known);
            }
        }
        this.reported = Set.copyOf(found.keySet());
        return found;
    }

    private void lookAgain() {
        try {
            Map<String, Long> unused = look();
        }
        catch (RuntimeException ex) {
            logger.debug("The outbox could not be asked for messages of other clusters", ex);
        }
    }

    @Override
    public void start() {
        this.task.start();
    }

    @Override
    public void stop() {
        this.task.close();
    }

    @Override
    public boolean isRunning() {
        return this.task.isAlive();
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

}

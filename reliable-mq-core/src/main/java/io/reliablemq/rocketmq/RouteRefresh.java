package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Asks the name servers for the routes that a consumer lacks, soon instead of at the
 * client's next poll ({@code pollNameServerInterval}, 30 s).
 * <p>
 * A new consumer group asks for the route of its retry topic before a broker has made
 * that topic, so that its first redelivery would wait for the next poll, and for one more
 * if that one meets a broker that restarts. A broker that went away and comes back would
 * be read again as late.
 * <ol>
 * <li>Every second each running consumer is looked at: does it know brokers for all of
 * its topics, all those that it has ever known? That asks nobody.</li>
 * <li>If not, the name servers are asked for that topic: every second at first, then at
 * longer intervals up to ten seconds.</li>
 * <li>Once the answer brings brokers, the queues are distributed at once.</li>
 * <li>A broker that has been away for an hour is no longer missed.</li>
 * </ol>
 */
public final class RouteRefresh implements SmartLifecycle {

    private static final Logger logger = LoggerFactory.getLogger(RouteRefresh.class);

    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final ListenerRegistry registry;

    private final Map<DefaultMQPushConsumer, KnownBrokers> known = new ConcurrentHashMap<>();

    private @Nullable ScheduledExecutorService scheduler;

    /**
     * Creates it without asking anything.
     * @param registry knows the consumers
     */
    public RouteRefresh(ListenerRegistry registry) {
        this.registry = registry;
    }

    @Override
    public synchronized void start() {
        if (this.scheduler != null) {
            return;
        }
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor((task) -> {
            Thread thread = new Thread(task, "reliable-mq-routes");
            thread.setDaemon(true);
            return thread;
        });
        ScheduledFuture<?> unused = started.scheduleWithFixedDelay(this::refreshAll, PERIOD.toMillis(),
                PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        this.scheduler = started;
    }

    @Override
    public synchronized void stop() {
        if (this.scheduler != null) {
            this.scheduler.shutdownNow();
            this.scheduler = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return this.scheduler != null;
    }

    private void refreshAll() {
        for (ListenerDescription listener : this.registry.listeners()) {
            try {
                refresh(listener.container().getConsumer());
            }
            catch (RuntimeException | Error ex) {
                // What is thrown here would end the schedule.
                logger.debug("The routes of consumer group '{}' could not be asked for; they are asked for again",
                        listener.group(), ex);
            }
        }
    }

    private void refresh(DefaultMQPushConsumer consumer) {
        if (!ConsumerInternals.isRunning(consumer)) {
            this.known.remove(consumer);
            return;
        }
        KnownBrokers brokers = this.known.computeIfAbsent(consumer, (it) -> new KnownBrokers());
        boolean found = false;
        for (String topic : brokers.missing(ConsumerInternals.brokersByTopic(consumer), System.nanoTime())) {
            found |= ConsumerInternals.refreshRoute(consumer, topic);
        }
        if (found) {
            ConsumerInternals.rebalanceSoon(consumer);
        }
    }

}

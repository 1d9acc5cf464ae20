package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.schedule.PeriodicTask;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
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

    private final PeriodicTask task = PeriodicTask.of("reliable-mq-routes", PERIOD, PERIOD,
            "Routes could not be asked for", this::refreshAll);

    /**
     * Creates it without asking anything.
     * @param registry knows the consumers
     */
    public RouteRefresh(ListenerRegistry registry) {
        this.registry = registry;
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

    private void refreshAll() {
        for (ListenerDescription listener : this.registry.listeners()) {
            try {
                refresh(listener.container().getConsumer());
            }
            catch (RuntimeException | Error ex) {
                // One listener's is not the others'.
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

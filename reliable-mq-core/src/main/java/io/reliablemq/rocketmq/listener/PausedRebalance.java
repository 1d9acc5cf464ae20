package io.reliablemq.rocketmq.listener;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.reliablemq.rocketmq.ConsumerInternals;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebalances a consumer while it is paused, which RocketMQ's client does not: it would
 * keep queues that other instances have taken over, and go on writing its old offsets
 * beside theirs.
 */
final class PausedRebalance implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(PausedRebalance.class);

    /** As often as the client does otherwise. */
    private static final long INTERVAL_MILLIS = 20_000;

    private final DefaultMQPushConsumer consumer;

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor((task) -> {
        Thread thread = new Thread(task, "reliable-mq-paused-listener");
        thread.setDaemon(true);
        return thread;
    });

    PausedRebalance(DefaultMQPushConsumer consumer) {
        this.consumer = consumer;
        ScheduledFuture<?> unused = this.executor.scheduleWithFixedDelay(this::rebalance, INTERVAL_MILLIS,
                INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void rebalance() {
        try {
            if (ConsumerInternals.isShutDown(this.consumer)) {
                close();
                return;
            }
            ConsumerInternals.rebalance(this.consumer);
        }
        catch (Throwable ex) {
            // It would end the schedule.
            logger.warn("The paused consumer group '{}' could not be rebalanced; it is tried again",
                    this.consumer.getConsumerGroup(), ex);
        }
    }

    /** Ends before a rebalance that is under way. */
    @Override
    public void close() {
        this.executor.shutdown();
    }

}

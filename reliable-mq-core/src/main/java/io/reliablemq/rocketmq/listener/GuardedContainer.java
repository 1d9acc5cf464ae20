package io.reliablemq.rocketmq.listener;

import java.time.Duration;

import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.rocketmq.ConsumerInternals;
import io.reliablemq.rocketmq.GuardedListener;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.delivery.DeliveryGate;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container whose deliveries go through this library, and its shutdown: stop pulling,
 * let what runs finish, persist the offsets, drop what was pulled but not begun.
 *
 * @param listener its listener
 * @param gate counts its deliveries and holds new ones back
 * @param knobs stop its pulling
 * @param settings what holds for the listener
 */
public record GuardedContainer(ListenerDescription listener, DeliveryGate gate, TunableContainer knobs,
        ListenerSettings settings) implements GuardedListener {

    private static final Logger logger = LoggerFactory.getLogger(GuardedContainer.class);

    @Override
    public boolean isRunning() {
        return ConsumerInternals.isRunning(consumer());
    }

    @Override
    public void stopPulling() {
        this.knobs.stop();
        this.gate.close();
    }

    @Override
    public void drain(Duration timeout) {
        try {
            int running = this.gate.awaitIdle(timeout);
            if (running > 0) {
                logger.warn(
                        "{} deliveries of {} still run after {}; they are interrupted and come again. Raise"
                                + " reliable-mq.shutdown.drain-timeout if that happens often.",
                        running, this.listener.group(), timeout);
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        try {
            if (isRunning()) {
                ConsumerInternals.persistOffsets(consumer());
            }
        }
        finally {
            ConsumerInternals.dropQueues(consumer());
            this.gate.release();
        }
    }

    private DefaultMQPushConsumer consumer() {
        return this.listener.container().getConsumer();
    }

}

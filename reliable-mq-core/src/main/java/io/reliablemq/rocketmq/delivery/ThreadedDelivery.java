package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;

import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs each delivery on a thread of its own, from the first step to the last: what is
 * bound to a thread (transaction, logging context, {@code IdempotencyContext}) is bound
 * to that one.
 */
record ThreadedDelivery(SingleDelivery delivery, ExecutorService threads) implements ParallelDelivery {

    private static final Logger logger = LoggerFactory.getLogger(ThreadedDelivery.class);

    @Override
    public BegunDelivery begin(MessageExt message, Consumer<BegunDelivery> done) {
        Begun begun = new Begun();
        begun.task = this.threads.submit(() -> {
            begun.result = deliver(message);
            done.accept(begun);
        });
        return begun;
    }

    /** A message whose delivery ends in no result comes again. */
    private DeliveryResult deliver(MessageExt message) {
        try {
            return this.delivery.deliver(message);
        }
        catch (Throwable ex) {
            logger.error("The delivery of message {} of topic {} failed; it comes again", message.getMsgId(),
                    message.getTopic(), ex);
            return DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10));
        }
    }

    private static final class Begun implements BegunDelivery {

        private @Nullable Future<?> task;

        private volatile @Nullable DeliveryResult result;

        @Override
        public DeliveryResult finish() {
            DeliveryResult reached = this.result;
            return (reached != null) ? reached : expire();
        }

        @Override
        public DeliveryResult expire() {
            return DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10));
        }

        @Override
        public void abandon() {
            Future<?> running = this.task;
            if (running != null) {
                running.cancel(true);
            }
        }

    }

}

package io.reliablemq.rocketmq.listener;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.rocketmq.ListenerDescription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rules for listeners whose messages are processed in batches.
 */
record BatchRules(ListenerDescription listener, ListenerSettings settings) {

    private static final Logger logger = LoggerFactory.getLogger(BatchRules.class);

    private static final int DEFAULT_BATCH = 32;

    /** A listener that takes several messages gets several. */
    ListenerSettings check() {
        boolean takesSeveral = this.listener.batchListener() != null;
        if (this.settings.savepoints() && (takesSeveral || this.settings.batch() == 1)) {
            throw withoutUse(takesSeveral);
        }
        if (!takesSeveral && this.settings.batch() == 1) {
            return this.settings;
        }
        String batch = takesSeveral ? "is a BatchListener" : "has a batch of " + this.settings.batch();
        if (this.listener.asyncListener() != null) {
            throw refused(batch + " and an AsyncListener, whose messages are in flight each by itself",
                    "Leave out " + (takesSeveral ? "one of the two interfaces." : "batch."));
        }
        if (this.settings.concurrency().virtualThreads()) {
            throw refused(batch + ", but is to run each message on a virtual thread of its own",
                    "Remove reliable-mq.listeners.\"[" + this.listener.group() + "]\".virtual-threads, or "
                            + (takesSeveral ? "BatchListener." : "batch."));
        }
        if (takesSeveral && this.listener.ordered()) {
            throw refused(batch + ", but consumes in order, where nothing may be done after a message that failed",
                    "Use ConsumeMode.CONCURRENTLY; or a listener for one message with a batch, which is committed"
                            + " together, in order.");
        }
        if (!takesSeveral && !this.listener.guarded()) {
            throw refused(batch + ", but is not guarded: there is nothing to claim or commit together",
                    "Annotate it with @IdempotentConsumer, implement BatchListener, or leave out batch.");
        }
        return (this.settings.batch() == 1) ? this.settings.withBatch(DEFAULT_BATCH) : this.settings;
    }

    private InvalidConfigurationException withoutUse(boolean takesSeveral) {
        String property = "reliable-mq.listeners.\"[" + this.listener.group() + "]\".";
        return takesSeveral
                ? refused("has savepoints, but is a BatchListener, which does its messages' work all at one go",
                        "Remove " + property + "savepoints: it says itself, by its BatchResult, which messages failed.")
                : refused("has savepoints, but no batch: each message has a transaction of its own anyway",
                        "Set " + property + "batch to 2 or more, or remove " + property + "savepoints.");
    }

    /**
     * Where a batch cannot be committed, its messages go one by one in the same delivery.
     * No such time is known of a listener without a timeout; {@code BatchDelivery} then
     * measures it. Waiting for a rate does not count: RocketMQ's time begins after it.
     * @param each how long the transaction of a message may take
     */
    void warnIfTooLong(Duration each) {
        Duration timeout = Duration.ofMinutes(this.listener.container().getConsumer().getConsumeTimeout());
        Duration most = each.multipliedBy(this.settings.batch());
        // RocketMQ never delivers a message again that an ordered listener is processing.
        if (this.listener.ordered() || most.compareTo(timeout.dividedBy(2)) <= 0) {
            return;
        }
        logger.warn(
                "Consumer group '{}' has a batch of {}, and its transaction manager lets each transaction take {}: where"
                        + " the messages of a batch must go one by one, that is {}, more than half of the consume"
                        + " timeout of {}, after which RocketMQ delivers the first one again although it is still being"
                        + " processed. {}lower spring.transaction.default-timeout, or raise consumeTimeout.",
                this.listener.group(), this.settings.batch(), each, most, timeout,
                smaller(timeout.dividedBy(2).dividedBy(each)));
    }

    private String smaller(long fitting) {
        return (fitting < 2) ? "Leave out batch, "
                : "Set reliable-mq.listeners.\"[" + this.listener.group() + "]\".batch to " + fitting + " or less, ";
    }

    private InvalidConfigurationException refused(String reason, String action) {
        return new InvalidConfigurationException("The listener " + this.listener.targetClass().getName()
                + " (consumer group '" + this.listener.group() + "') " + reason + ".", action);
    }

}

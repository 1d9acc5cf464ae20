package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Semaphore;

import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.listener.BatchListener;
import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.rocketmq.ConsumerInternals;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.ListenerDescription;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.spring.core.RocketMQListener;

/**
 * Chooses the message listener that a consumer calls in place of RocketMQ-Spring's, and
 * sets how many messages the consumer hands over at once: ordered, in batches,
 * asynchronous, on virtual threads, or one message at a time.
 */
record MessageListenerChoice(ListenerDescription listener, ListenerSettings settings, DeliverySteps steps,
        IdempotencyGuard guard, DeliveryGate gate, Throttle throttle, DelayLevels delayLevels) {

    void register() {
        DefaultMQPushConsumer consumer = consumer();
        consumer.setConsumeMessageBatchMaxSize(1);
        if (this.listener.ordered()) {
            consumer.setMaxReconsumeTimes(-1);
            consumer.registerMessageListener(ordered());
            return;
        }
        consumer.setMaxReconsumeTimes(Integer.MAX_VALUE);
        AsyncListener<Object> async = this.listener.asyncListener();
        if (this.settings.batch() > 1) {
            consumer.registerMessageListener(inBatches());
        }
        else if (async != null) {
            consumer.registerMessageListener(asynchronous(async));
        }
        else if (this.settings.concurrency().virtualThreads()) {
            consumer.registerMessageListener(onVirtualThreads());
        }
        else {
            consumer.registerMessageListener(oneByOne());
        }
    }

    private OrderedMessageListener ordered() {
        return new OrderedMessageListener(single(), (this.settings.batch() > 1) ? batch() : null, this.gate,
                this.throttle, this.steps.clock());
    }

    private MessageListenerConcurrently inBatches() {
        return throttled(batch());
    }

    private MessageListenerConcurrently asynchronous(AsyncListener<Object> async) {
        LeaseGuard lease = (this.guard instanceof LeaseGuard leases) ? leases : null;
        return parallel(new AsyncDelivery(this.steps, async, lease),
                Duration.ofMinutes(consumer().getConsumeTimeout()));
    }

    private MessageListenerConcurrently onVirtualThreads() {
        return parallel(new ThreadedDelivery(single(), VirtualThreads.executor(this.listener.group())), Duration.ZERO);
    }

    private MessageListenerConcurrently oneByOne() {
        SingleDelivery single = single();
        return throttled((messages) -> messages.stream().map(single::deliver).toList());
    }

    private SingleDelivery single() {
        return new SingleDelivery(this.steps, this.guard, processing());
    }

    private BatchDelivery batch() {
        DefaultMQPushConsumer consumer = consumer();
        consumer.setPullBatchSize(Math.max(consumer.getPullBatchSize(), this.settings.batch()));
        consumer.setConsumeMessageBatchMaxSize(this.settings.batch());
        return new BatchDelivery(this.steps, this.guard, processing(), single()::deliver,
                Duration.ofMinutes(consumer.getConsumeTimeout()).dividedBy(2));
    }

    @SuppressWarnings("unchecked")
    private Processing<Boolean> processing() {
        BatchListener<Object> batch = this.listener.batchListener();
        if (batch != null) {
            return new BatchCalls(batch);
        }
        RocketMQListener<Object> plain = (RocketMQListener<Object>) Objects
            .requireNonNull(this.listener.plainListener());
        return (payload) -> {
            plain.onMessage(payload);
            return true;
        };
    }

    /**
     * Each consuming thread has several messages under way.
     * @param timeout how long the last one may take, zero for as long as it wants
     */
    private MessageListenerConcurrently parallel(ParallelDelivery delivery, Duration timeout) {
        int inFlight = this.throttle.atMost(this.settings.concurrency().inFlight());
        consumer().setConsumeMessageBatchMaxSize(Math.min(inFlight, consumer().getPullBatchSize()));
        Semaphore room = new Semaphore(inFlight);
        return concurrent(
                (messages) -> new ParallelBatch(messages, delivery, room, timeout, this.throttle, this.gate::isClosed)
                    .run());
    }

    private MessageListenerConcurrently throttled(Deliveries deliveries) {
        return new ThrottledMessageListener(concurrent(deliveries), this.throttle, this.gate);
    }

    private MessageListenerConcurrently concurrent(Deliveries deliveries) {
        return new ConcurrentMessageListener(deliveries, this.delayLevels, this.gate,
                (message, level, queue) -> ConsumerInternals.sendBack(consumer(), message, level, queue));
    }

    private DefaultMQPushConsumer consumer() {
        return this.listener.container().getConsumer();
    }

}

package io.reliablemq.it;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

/**
 * Consumes many messages in little time.
 */
@IdempotentConsumer
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}",
        selectorExpression = "${effects.tags:*}", consumeThreadNumber = 16)
class BusyListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

    private final Work work;

    BusyListener(Work work) {
        this.work = work;
    }

    @Override
    public void onMessage(String key) {
        this.work.process(key);
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
        FasterConsumer.configure(consumer);
        consumer.setPullBatchSize(32);
    }

}

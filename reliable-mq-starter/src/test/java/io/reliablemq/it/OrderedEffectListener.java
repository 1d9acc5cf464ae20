package io.reliablemq.it;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.ConsumeMode;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

/**
 * As {@link EffectListener}, in order.
 */
@IdempotentConsumer
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}",
        consumeMode = ConsumeMode.ORDERLY, consumeThreadNumber = EffectListener.THREADS)
class OrderedEffectListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

    private final Work work;

    OrderedEffectListener(Work work) {
        this.work = work;
    }

    @Override
    public void onMessage(String key) {
        this.work.process(key);
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
        FasterConsumer.configure(consumer);
    }

}

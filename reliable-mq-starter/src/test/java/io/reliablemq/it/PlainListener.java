package io.reliablemq.it;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

/**
 * A listener that this library leaves to RocketMQ-Spring.
 */
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}",
        consumeThreadNumber = EffectListener.THREADS)
class PlainListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

    private final Work work;

    PlainListener(Work work) {
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

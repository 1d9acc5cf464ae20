package io.reliablemq.it;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

/**
 * A guarded listener; topic and group come from properties.
 */
@IdempotentConsumer
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}",
        consumeThreadNumber = EffectListener.THREADS)
class EffectListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

    /** So many messages are in flight at most. */
    static final int THREADS = 8;

    private final Work work;

    EffectListener(Work work) {
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

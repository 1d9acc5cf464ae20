package io.reliablemq.it;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Import;

/**
 * As {@link EffectListener}, with {@link HangingLetters}; fails if {@code effects.refuse}
 * says so.
 */
@IdempotentConsumer
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}",
        consumeThreadNumber = EffectListener.THREADS)
@Import(HangingLetters.class)
class HangingLettersListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

    private final Work work;

    private final boolean refuse;

    HangingLettersListener(Work work, @Value("${effects.refuse:false}") boolean refuse) {
        this.work = work;
        this.refuse = refuse;
    }

    @Override
    public void onMessage(String key) {
        if (this.refuse) {
            throw new IllegalStateException("not today");
        }
        this.work.process(key);
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
        FasterConsumer.configure(consumer);
    }

}

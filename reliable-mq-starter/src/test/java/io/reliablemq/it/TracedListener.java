package io.reliablemq.it;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

import org.springframework.context.annotation.Import;

/**
 * A listener in an application that is traced.
 */
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}")
@IdempotentConsumer
@Import(TracingBeans.class)
class TracedListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

    private final Work work;

    TracedListener(Work work) {
        this.work = work;
    }

    @Override
    public void onMessage(String message) {
        this.work.process(message);
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
        FasterConsumer.configure(consumer);
    }

}

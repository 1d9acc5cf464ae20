package io.reliablemq.it;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

/**
 * A guarded listener that begins at the end of queues that it has no offset in, as
 * RocketMQ's listeners do by default.
 */
@IdempotentConsumer
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}", consumeThreadNumber = 8)
class LateListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

    private final Work work;

    LateListener(Work work) {
        this.work = work;
    }

    @Override
    public void onMessage(String key) {
        this.work.process(key);
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
        FasterConsumer.configure(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
    }

}

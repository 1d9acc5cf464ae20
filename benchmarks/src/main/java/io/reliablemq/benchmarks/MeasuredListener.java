package io.reliablemq.benchmarks;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

/**
 * What all listeners share whose rate is measured from outside.
 */
@RocketMQMessageListener(topic = "${bench.topic}", consumerGroup = "${bench.group}")
abstract class MeasuredListener implements RocketMQListener<MessageExt>, RocketMQPushConsumerLifecycleListener {

    private final DeliveryStopwatch stopwatch;

    MeasuredListener(DeliveryStopwatch stopwatch) {
        this.stopwatch = stopwatch;
    }

    @Override
    @SuppressWarnings("deprecation")
    public void prepareStart(DefaultMQPushConsumer consumer) {
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.getDefaultMQPushConsumerImpl().registerConsumeMessageHook(this.stopwatch);
    }

}

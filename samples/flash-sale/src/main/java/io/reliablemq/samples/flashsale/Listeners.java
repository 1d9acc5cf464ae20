package io.reliablemq.samples.flashsale;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

import org.springframework.stereotype.Component;

/**
 * The three services of the shop.
 */
final class Listeners {

    private Listeners() {
    }

    /** Takes orders. */
    @Component
    @RocketMQMessageListener(topic = "orders", consumerGroup = "order-service")
    @IdempotentConsumer
    static class Orders extends FromTheFirst implements RocketMQListener<String> {

        private final Effects effects;

        Orders(Effects effects) {
            this.effects = effects;
        }

        @Override
        public void onMessage(String message) {
            this.effects.make(Kind.ORDER, message);
        }

    }

    /** Sends mails. */
    @Component
    @RocketMQMessageListener(topic = "notifications", consumerGroup = "notification-service")
    @IdempotentConsumer
    static class Notifications extends FromTheFirst implements RocketMQListener<String> {

        private final Effects effects;

        Notifications(Effects effects) {
            this.effects = effects;
        }

        @Override
        public void onMessage(String message) {
            this.effects.make(Kind.NOTIFICATION, message);
        }

    }

    /** Learns what else somebody might buy. */
    @Component
    @RocketMQMessageListener(topic = "recommendations", consumerGroup = "recommendation-service")
    @IdempotentConsumer
    static class Recommendations extends FromTheFirst implements RocketMQListener<String> {

        private final Effects effects;

        Recommendations(Effects effects) {
            this.effects = effects;
        }

        @Override
        public void onMessage(String message) {
            this.effects.make(Kind.RECOMMENDATION, message);
        }

    }

    /** The groups are new: they shall not begin behind what is sent while they start. */
    abstract static class FromTheFirst implements RocketMQPushConsumerLifecycleListener {

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            consumer.setPollNameServerInterval(1000);
            consumer.setPersistConsumerOffsetInterval(500);
        }

    }

}

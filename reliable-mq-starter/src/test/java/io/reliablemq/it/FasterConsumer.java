package io.reliablemq.it;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/**
 * Settings that change nothing but how long a test waits for the client's timers.
 */
final class FasterConsumer {

    private FasterConsumer() {
    }

    static void configure(DefaultMQPushConsumer consumer) {
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        // The first redelivery waits for the route of the group's retry topic.
        consumer.setPollNameServerInterval(500);
        consumer.setPersistConsumerOffsetInterval(500);
        consumer.setHeartbeatBrokerInterval(1000);
    }

}

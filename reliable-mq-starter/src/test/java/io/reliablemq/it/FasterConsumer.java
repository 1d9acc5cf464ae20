package io.reliablemq.it;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/**
 * A new group that reads from the start, so that it misses nothing sent while it starts,
 * and does not make a test wait for the client's timers.
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

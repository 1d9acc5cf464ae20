package io.reliablemq.rocketmq.delivery;

import java.util.List;

import org.apache.rocketmq.common.message.MessageExt;

/**
 * Delivers the messages that RocketMQ hands over at once.
 */
@FunctionalInterface
interface Deliveries {

    /**
     * Returns a result for each message, in their order.
     * @throws InterruptedException if the container stops; there are no results then
     */
    List<DeliveryResult> deliver(List<MessageExt> messages) throws InterruptedException;

}

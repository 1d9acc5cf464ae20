package io.reliablemq.rocketmq.delivery;

import java.util.List;

import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Throttles a message listener: its deliveries wait for their turn before they count as
 * begun.
 */
record ThrottledMessageListener(MessageListenerConcurrently delivery, Throttle throttle,
        DeliveryGate gate) implements MessageListenerConcurrently {

    @Override
    public ConsumeConcurrentlyStatus consumeMessage(List<MessageExt> messages, ConsumeConcurrentlyContext context) {
        if (!this.throttle.enter(messages, this.gate::isClosed)) {
            // The queue is dropped before the gate lets go, so this answer is not acted
            // upon.
            this.gate.awaitReleaseIfClosed();
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        }
        try {
            return this.delivery.consumeMessage(messages, context);
        }
        finally {
            this.throttle.leave();
        }
    }

}

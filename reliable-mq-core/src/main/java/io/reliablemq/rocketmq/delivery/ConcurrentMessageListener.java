package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.List;

import io.reliablemq.rocketmq.DelayLevels;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Takes the place of rocketmq-spring's own listener in a concurrent container. Containers
 * hand over one message at a time.
 */
final class ConcurrentMessageListener implements MessageListenerConcurrently {

    private final SingleDelivery delivery;

    private final DelayLevels delayLevels;

    private final DeliveryGate gate;

    ConcurrentMessageListener(SingleDelivery delivery, DelayLevels delayLevels, DeliveryGate gate) {
        this.delivery = delivery;
        this.delayLevels = delayLevels;
        this.gate = gate;
    }

    @Override
    public ConsumeConcurrentlyStatus consumeMessage(List<MessageExt> messages, ConsumeConcurrentlyContext context) {
        if (!this.gate.enter()) {
            // The queue is dropped before the gate lets go, so this answer is not acted
            // upon.
            this.gate.awaitReleaseIfClosed();
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        }
        try {
            for (MessageExt message : messages) {
                DeliveryResult verdict = this.delivery.deliver(message);
                Duration again = verdict.again();
                if (again != null) {
                    context.setDelayLevelWhenNextConsume(this.delayLevels.levelFor(again));
                    return ConsumeConcurrentlyStatus.RECONSUME_LATER;
                }
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        }
        finally {
            this.gate.leave();
        }
    }

}

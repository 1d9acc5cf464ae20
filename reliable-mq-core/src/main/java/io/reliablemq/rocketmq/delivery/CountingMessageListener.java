package io.reliablemq.rocketmq.delivery;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListener;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Counts and limits the deliveries of a container that is otherwise left to
 * RocketMQ-Spring.
 */
public final class CountingMessageListener {

    private final DeliveryGate gate;

    public CountingMessageListener(DeliveryGate gate) {
        this.gate = gate;
    }

    /** Steps in front of whatever the container has been given. */
    public void install(DefaultMQPushConsumer consumer) {
        MessageListener listener = consumer.getMessageListener();
        if (listener instanceof MessageListenerConcurrently concurrent) {
            consumer.registerMessageListener(
                    (MessageListenerConcurrently) (messages, context) -> consume(concurrent, messages, context));
        }
        else if (listener instanceof MessageListenerOrderly ordered) {
            consumer.registerMessageListener(
                    (MessageListenerOrderly) (messages, context) -> consume(ordered, messages, context));
        }
    }

    private ConsumeConcurrentlyStatus consume(MessageListenerConcurrently listener, List<MessageExt> messages,
            ConsumeConcurrentlyContext context) {
        if (!this.gate.enter()) {
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        }
        ConsumeConcurrentlyStatus status = ConsumeConcurrentlyStatus.RECONSUME_LATER;
        long start = begin(messages);
        try {
            status = listener.consumeMessage(messages, context);
            return status;
        }
        finally {
            end(messages, start, status == ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        }
    }

    private ConsumeOrderlyStatus consume(MessageListenerOrderly listener, List<MessageExt> messages,
            ConsumeOrderlyContext context) {
        if (!this.gate.enter()) {
            context.setSuspendCurrentQueueTimeMillis(TimeUnit.SECONDS.toMillis(1));
            return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
        }
        ConsumeOrderlyStatus status = ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
        long start = begin(messages);
        try {
            status = listener.consumeMessage(messages, context);
            return status;
        }
        finally {
            end(messages, start, status == ConsumeOrderlyStatus.SUCCESS);
        }
    }

    private long begin(List<MessageExt> messages) {
        this.gate.load().begin(messages.size());
        return System.nanoTime();
    }

    private void end(List<MessageExt> messages, long start, boolean succeeded) {
        this.gate.load().end(messages.size(), succeeded ? 0 : messages.size(), System.nanoTime() - start);
        this.gate.leave();
    }

}

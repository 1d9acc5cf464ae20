package io.reliablemq.rocketmq.delivery;

import java.util.List;

import io.reliablemq.rocketmq.Messages;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class CountingMessageListenerTests {

    private static final MessageQueue QUEUE = new MessageQueue("orders", "broker", 0);

    private final List<MessageExt> two = List.of(Messages.withId(1), Messages.withId(2));

    private final DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("g");

    private final DeliveryGate gate = new DeliveryGate();

    @Test
    void countsWhatAConcurrentListenerDoesAndAnswersTheSame() {
        this.consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            assertThat(this.gate.load().load().running()).isEqualTo(2);
            return ConsumeConcurrentlyStatus.valueOf("CONSUME_SUCCESS");
        });
        assertThat(concurrent().consumeMessage(this.two, new ConsumeConcurrentlyContext(QUEUE)))
            .isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);

        assertThat(this.gate.load().load().completed()).isEqualTo(2);
        assertThat(this.gate.load().load().failed()).isZero();
        assertThat(this.gate.load().load().busyNanos()).isPositive();
        assertThat(this.gate.load().load().running()).isZero();
    }

    @Test
    void countsWhatThrowsAsFailed() {
        this.consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            throw new IllegalStateException();
        });
        MessageListenerConcurrently counted = concurrent();

        assertThatIllegalStateException()
            .isThrownBy(() -> counted.consumeMessage(this.two, new ConsumeConcurrentlyContext(QUEUE)));
        assertThat(this.gate.load().load().failed()).isEqualTo(2);
        assertThat(this.gate.load().load().running()).isZero();
    }

    /** RocketMQ would lose what an interrupted thread says has failed. */
    @Test
    void givesRocketMQNoInterruptedThreadBack() {
        this.consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            Thread.currentThread().interrupt();
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        });
        concurrent().consumeMessage(this.two, new ConsumeConcurrentlyContext(QUEUE));

        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void countsWhatAnOrderedListenerDoes() {
        this.consumer.registerMessageListener(
                (MessageListenerOrderly) (messages, context) -> ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT);
        new CountingMessageListener(this.gate).install(this.consumer);
        MessageListenerOrderly counted = (MessageListenerOrderly) this.consumer.getMessageListener();

        assertThat(counted.consumeMessage(this.two, new ConsumeOrderlyContext(QUEUE)))
            .isEqualTo(ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT);
        assertThat(this.gate.load().load().completed()).isEqualTo(2);
        assertThat(this.gate.load().load().failed()).isEqualTo(2);
    }

    private MessageListenerConcurrently concurrent() {
        new CountingMessageListener(this.gate).install(this.consumer);
        return (MessageListenerConcurrently) this.consumer.getMessageListener();
    }

}

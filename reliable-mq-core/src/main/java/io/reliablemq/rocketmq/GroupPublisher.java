package io.reliablemq.rocketmq;

import java.util.HashMap;
import java.util.List;
import java.util.function.Supplier;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.MQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.exception.RemotingException;

/**
 * Publishes copies of delivered messages to one consumer group. Copies keep RELIABLE_ID
 * and UNIQ_KEY and lose the marks of earlier deliveries.
 */
final class GroupPublisher {

    private static final long TIMEOUT_MILLIS = 6000;

    private static final List<String> MARKS = List.of(MessageConst.PROPERTY_TRANSACTION_PREPARED,
            MessageConst.PROPERTY_DELAY_TIME_LEVEL, MessageConst.PROPERTY_RECONSUME_TIME,
            MessageConst.PROPERTY_MAX_RECONSUME_TIMES, MessageConst.PROPERTY_TIMER_DELAY_MS,
            MessageConst.PROPERTY_TIMER_DELAY_SEC, MessageConst.PROPERTY_TIMER_DELIVER_MS,
            MessageConst.PROPERTY_TIMER_OUT_MS, MessageConst.PROPERTY_REAL_TOPIC, MessageConst.PROPERTY_REAL_QUEUE_ID,
            MessageConst.PROPERTY_CONSUME_START_TIMESTAMP, MessageConst.PROPERTY_MIN_OFFSET,
            MessageConst.PROPERTY_MAX_OFFSET);

    private final String group;

    private final Supplier<MQProducer> producer;

    /**
     * Creates a publisher.
     * @param group the consumer group, with its namespace where there is one
     * @param producer sends the copies; asked for when the first one is sent
     */
    GroupPublisher(String group, Supplier<MQProducer> producer) {
        this.group = group;
        this.producer = producer;
    }

    /** Over the connection of the group's own consumer, with its access rights. */
    static GroupPublisher over(DefaultMQPushConsumer consumer) {
        return new GroupPublisher(consumer.getConsumerGroup(), () -> ConsumerInternals.producerOf(consumer));
    }

    /** A copy for the group's retry topic, due at once. */
    Message retryCopy(MessageExt message) {
        Message copy = copy(message, MixAll.getRetryTopic(this.group));
        MessageAccessor.putProperty(copy, MessageConst.PROPERTY_RETRY_TOPIC, message.getTopic());
        String origin = MessageAccessor.getOriginMessageId(message);
        MessageAccessor.setOriginMessageId(copy, (origin != null) ? origin : message.getMsgId());
        return copy;
    }

    /** A copy for a topic. */
    Message copy(MessageExt message, String topic) {
        Message copy = new Message(topic, message.getBody());
        MessageAccessor.setProperties(copy, new HashMap<>(message.getProperties()));
        MARKS.forEach((mark) -> MessageAccessor.clearProperty(copy, mark));
        copy.setFlag(message.getFlag());
        copy.setWaitStoreMsgOK(true);
        return copy;
    }

    /**
     * Sends and returns only when the broker has confirmed the message at the durability
     * that it is configured for.
     */
    void sendConfirmed(Message message)
            throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
        SendResult result = this.producer.get().send(message, TIMEOUT_MILLIS);
        if (result.getSendStatus() != SendStatus.SEND_OK) {
            throw new MQClientException("The broker answered " + result.getSendStatus() + " for topic "
                    + message.getTopic() + ": stored, but not at the durability that it is configured for", null);
        }
    }

}

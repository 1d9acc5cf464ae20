package io.reliablemq.rocketmq.redelivery;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.ConsumerInternals;
import io.reliablemq.rocketmq.Marks;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.MQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes copies of delivered messages to one consumer group. Copies keep RELIABLE_ID,
 * its space and UNIQ_KEY and lose the marks of earlier deliveries.
 */
public final class GroupPublisher {

    private static final Logger logger = LoggerFactory.getLogger(GroupPublisher.class);

    private static final long TIMEOUT_MILLIS = 6000;

    private static final int ATTEMPTS = 3;

    private static final List<String> MARKS = List.of(MessageConst.PROPERTY_TRANSACTION_PREPARED,
            MessageConst.PROPERTY_DELAY_TIME_LEVEL, MessageConst.PROPERTY_RECONSUME_TIME,
            MessageConst.PROPERTY_MAX_RECONSUME_TIMES, MessageConst.PROPERTY_TIMER_DELAY_MS,
            MessageConst.PROPERTY_TIMER_DELAY_SEC, MessageConst.PROPERTY_TIMER_DELIVER_MS,
            MessageConst.PROPERTY_TIMER_OUT_MS, MessageConst.PROPERTY_REAL_TOPIC, MessageConst.PROPERTY_REAL_QUEUE_ID,
            MessageConst.PROPERTY_CONSUME_START_TIMESTAMP, MessageConst.PROPERTY_MIN_OFFSET,
            MessageConst.PROPERTY_MAX_OFFSET, ReliableHeaders.TARGET_GROUP, GroupRedelivery.TARGET_TOPIC,
            ReliableHeaders.LETTER_ID, ReliableHeaders.DEFERRALS);

    private final String group;

    private final Supplier<MQProducer> producer;

    /**
     * Creates a publisher.
     * @param group the consumer group, with its namespace where there is one
     * @param producer sends the copies; asked for when the first one is sent
     */
    public GroupPublisher(String group, Supplier<MQProducer> producer) {
        this.group = group;
        this.producer = producer;
    }

    /** Over the connection of the group's own consumer, with its access rights. */
    public static GroupPublisher over(DefaultMQPushConsumer consumer) {
        return new GroupPublisher(consumer.getConsumerGroup(), () -> ConsumerInternals.producerOf(consumer));
    }

    /** A copy for the group's retry topic, due at once. */
    public Message retryCopy(MessageExt message) {
        Message copy = copy(message, MixAll.getRetryTopic(this.group));
        MessageAccessor.putProperty(copy, MessageConst.PROPERTY_RETRY_TOPIC, originalTopic(message));
        String origin = MessageAccessor.getOriginMessageId(message);
        MessageAccessor.setOriginMessageId(copy, (origin != null) ? origin : message.getMsgId());
        return copy;
    }

    /** Where the message was first sent to, even if it was read from the dead letters. */
    public static String originalTopic(MessageExt message) {
        String topic = message.getProperty(MessageConst.PROPERTY_RETRY_TOPIC);
        if (topic == null && message.getTopic().startsWith(MixAll.DLQ_GROUP_TOPIC_PREFIX)) {
            topic = message.getProperty(MessageConst.PROPERTY_DLQ_ORIGIN_TOPIC);
        }
        return (topic != null) ? topic : message.getTopic();
    }

    /** A copy for a topic. */
    public Message copy(MessageExt message, String topic) {
        Message copy = new Message(topic, message.getBody());
        MessageAccessor.setProperties(copy, new HashMap<>(message.getProperties()));
        MARKS.forEach((mark) -> MessageAccessor.clearProperty(copy, mark));
        Marks.bindCopy(copy, message);
        copy.setFlag(message.getFlag());
        copy.setWaitStoreMsgOK(true);
        return copy;
    }

    /**
     * Sends and returns only when the broker has confirmed the message at the durability
     * that it is configured for. The client's own attempts are not used: its first one
     * takes marks off the message that tell the broker to park it, so that a second one
     * would be delivered instead.
     */
    public void sendConfirmed(Message message)
            throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
        Map<String, String> properties = Map.copyOf(message.getProperties());
        for (int attempt = 1;; attempt++) {
            MessageAccessor.setProperties(message, new HashMap<>(properties));
            try {
                sendOnce(message);
                return;
            }
            catch (MQClientException | RemotingException | MQBrokerException ex) {
                // What is stored already would only be stored once more.
                if (attempt == ATTEMPTS || ex instanceof NotDurableException || isIllegal(ex)) {
                    throw ex;
                }
                logger.debug("Attempt {} to send to {} failed, trying again", attempt, message.getTopic(), ex);
            }
        }
    }

    /** Whether client or broker will never take the message as it is. */
    public static boolean isIllegal(Exception ex) {
        return (ex instanceof MQClientException client && client.getResponseCode() == ResponseCode.MESSAGE_ILLEGAL)
                || (ex instanceof MQBrokerException broker && broker.getResponseCode() == ResponseCode.MESSAGE_ILLEGAL);
    }

    private void sendOnce(Message message)
            throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
        SendResult result = this.producer.get().send(message, GroupPublisher::chooseQueue, "", TIMEOUT_MILLIS);
        if (result.getSendStatus() != SendStatus.SEND_OK) {
            throw new NotDurableException(result.getSendStatus(), message.getTopic());
        }
    }

    /** Messages of one ordering key stay in one queue. */
    private static MessageQueue chooseQueue(List<MessageQueue> queues, Message message, Object unused) {
        String orderingKey = Marks.read(message, ReliableHeaders.ORDERING_KEY);
        if (orderingKey != null && !message.getTopic().startsWith(MixAll.RETRY_GROUP_TOPIC_PREFIX)) {
            return new SelectMessageQueueByHash().select(queues, message, orderingKey);
        }
        return queues.get(ThreadLocalRandom.current().nextInt(queues.size()));
    }

}

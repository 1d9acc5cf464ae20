package io.reliablemq.rocketmq;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.reliablemq.rocketmq.redelivery.GroupPublisher;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.MQProducer;
import org.apache.rocketmq.client.producer.MessageQueueSelector;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingConnectException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/**
 * Stands for a producer and its broker: takes the redelivery marks off a message like
 * RocketMQ's client does, and parks like the broker does.
 */
public final class FakeBroker {

    /** What was stored, in order. */
    public final List<Stored> stored = new ArrayList<>();

    private int failures;

    private SendStatus status = SendStatus.SEND_OK;

    private int mostProperties = Short.MAX_VALUE;

    private int largestBody = 4 * 1024 * 1024;

    /** Lets the next attempts fail. */
    public void failAttempts(int count) {
        this.failures = count;
    }

    public void answer(SendStatus answer) {
        this.status = answer;
    }

    /** Bytes. */
    public void takeAtMost(int properties, int body) {
        this.mostProperties = properties;
        this.largestBody = body;
    }

    public List<String> topics() {
        return this.stored.stream().map(Stored::topic).toList();
    }

    public GroupPublisher publisher(String group) {
        return new GroupPublisher(group, this::producer);
    }

    public MQProducer producer() {
        return (MQProducer) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { MQProducer.class },
                (proxy, method, args) -> {
                    if (!method.getName().equals("send") || !(args[0] instanceof Message message)) {
                        throw new UnsupportedOperationException(method.toString());
                    }
                    if (args.length == 4 && args[1] instanceof MessageQueueSelector selector) {
                        return attempt(message, selector.select(queues(message), message, args[2]));
                    }
                    return attempts(message);
                });
    }

    private static List<MessageQueue> queues(Message message) {
        return IntStream.range(0, 8).mapToObj((id) -> new MessageQueue(message.getTopic(), "broker", id)).toList();
    }

    private SendResult attempts(Message message) throws Exception {
        for (int attempt = 1;; attempt++) {
            try {
                return attempt(message, queues(message).get(attempt));
            }
            catch (RemotingConnectException ex) {
                if (attempt == 3) {
                    throw new MQClientException("Send [3] times, still failed", ex);
                }
            }
        }
    }

    private SendResult attempt(Message message, MessageQueue queue) throws RemotingConnectException, MQBrokerException {
        Map<String, String> properties = new HashMap<>(message.getProperties());
        if (message.getBody().length == 0 || message.getBody().length > this.largestBody
                || MessageDecoder.messageProperties2String(properties)
                    .getBytes(StandardCharsets.UTF_8).length > this.mostProperties) {
            throw new MQBrokerException(ResponseCode.MESSAGE_ILLEGAL, "the message is illegal");
        }
        boolean retry = message.getTopic().startsWith(MixAll.RETRY_GROUP_TOPIC_PREFIX);
        if (retry) {
            message.getProperties().remove(MessageConst.PROPERTY_RECONSUME_TIME);
            message.getProperties().remove(MessageConst.PROPERTY_MAX_RECONSUME_TIMES);
        }
        if (this.failures > 0) {
            this.failures--;
            throw new RemotingConnectException("broker:10911");
        }
        int times = Integer.parseInt(properties.getOrDefault(MessageConst.PROPERTY_RECONSUME_TIME, "0"));
        int max = Integer.parseInt(properties.getOrDefault(MessageConst.PROPERTY_MAX_RECONSUME_TIMES, "16"));
        String topic = (retry && times > max)
                ? message.getTopic().replace(MixAll.RETRY_GROUP_TOPIC_PREFIX, MixAll.DLQ_GROUP_TOPIC_PREFIX)
                : message.getTopic();
        this.stored.add(new Stored(topic, properties, message.getBody(), queue.getQueueId()));
        SendResult result = new SendResult();
        result.setSendStatus(this.status);
        return result;
    }

    public record Stored(String topic, Map<String, String> properties, byte[] body, int queueId) {
    }

}

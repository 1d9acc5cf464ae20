package io.reliablemq.rocketmq;

import java.time.Clock;

import org.apache.rocketmq.client.hook.SendMessageContext;
import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.impl.producer.DefaultMQProducerImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.message.MessageType;
import org.apache.rocketmq.common.sysflag.MessageSysFlag;
import org.apache.rocketmq.remoting.protocol.header.SendMessageRequestHeader;
import org.jspecify.annotations.Nullable;

/**
 * Sends single requests over a producer's connections without waiting for the answer.
 * They are those that the client makes for its own sends: compressed if it would compress
 * them, and known to its hooks; but none is repeated.
 */
public final class AsyncRequests {

    private final DefaultMQProducer producer;

    private final DefaultMQProducerImpl client;

    private final Clock clock;

    public AsyncRequests(DefaultMQProducer producer, Clock clock) {
        this.producer = producer;
        this.client = ProducerInternals.of(producer);
        this.clock = clock;
    }

    /** Whether the producer runs and nothing of the application may forbid a send. */
    public boolean isPossible() {
        return ProducerInternals.isRunning(this.producer) && !this.client.hasCheckForbiddenHook();
    }

    /** Where a queue's messages are sent to, {@code null} if that is not known. */
    public @Nullable String address(MessageQueue queue) {
        MQClientInstance factory = this.client.getMqClientFactory();
        String address = factory.findBrokerAddressInPublish(factory.getBrokerNameFromMessageQueue(queue));
        return (address != null) ? MixAll.brokerVIPChannel(this.producer.isSendMessageWithVIPChannel(), address) : null;
    }

    /**
     * Sends one request.
     * @param message the message, changed as the client changes it
     * @param queue its queue, of its topic with the namespace
     * @param address where to send it
     * @param timeoutMillis longest time for the answer
     * @param callback gets the answer
     * @throws Exception if the request was not sent
     */
    @SuppressWarnings("deprecation")
    public void send(Message message, MessageQueue queue, String address, long timeoutMillis, SendCallback callback)
            throws Exception {
        message.setTopic(queue.getTopic());
        String namespace = this.producer.getNamespace();
        if (namespace != null) {
            message.setInstanceId(namespace);
        }
        SendMessageContext context = context(message, queue, namespace, address);
        int flags = compress(message);
        if (context != null) {
            this.client.executeSendMessageHookBefore(context);
        }
        MQClientInstance factory = this.client.getMqClientFactory();
        String broker = factory.getBrokerNameFromMessageQueue(queue);
        factory.getMQClientAPIImpl()
            .sendMessage(address, broker, message, header(message, queue, broker, flags), timeoutMillis,
                    CommunicationMode.ASYNC, callback, null, factory, 0, context, this.client);
    }

    private int compress(Message message) throws Exception {
        if (message.getBody().length < this.producer.getCompressMsgBodyOverHowmuch()) {
            return 0;
        }
        message.setBody(this.producer.getCompressor().compress(message.getBody(), this.producer.getCompressLevel()));
        return MessageSysFlag.COMPRESSED_FLAG | this.producer.getCompressType().getCompressionFlag();
    }

    private @Nullable SendMessageContext context(Message message, MessageQueue queue, @Nullable String namespace,
            String address) {
        if (!this.client.hasSendMessageHook()) {
            return null;
        }
        SendMessageContext context = new SendMessageContext();
        context.setProducer(this.client);
        context.setProducerGroup(this.producer.getProducerGroup());
        context.setCommunicationMode(CommunicationMode.ASYNC);
        context.setBornHost(this.producer.getClientIP());
        context.setBrokerAddr(address);
        context.setMessage(message);
        context.setMq(queue);
        context.setNamespace(namespace);
        if (message.getDeliverTimeMs() > 0) {
            context.setMsgType(MessageType.Delay_Msg);
        }
        return context;
    }

    private SendMessageRequestHeader header(Message message, MessageQueue queue, String broker, int flags) {
        SendMessageRequestHeader header = new SendMessageRequestHeader();
        header.setProducerGroup(this.producer.getProducerGroup());
        header.setTopic(message.getTopic());
        header.setDefaultTopic(this.producer.getCreateTopicKey());
        header.setDefaultTopicQueueNums(this.producer.getDefaultTopicQueueNums());
        header.setQueueId(queue.getQueueId());
        header.setSysFlag(flags);
        header.setBornTimestamp(this.clock.millis());
        header.setFlag(message.getFlag());
        header.setProperties(MessageDecoder.messageProperties2String(message.getProperties()));
        header.setReconsumeTimes(0);
        header.setUnitMode(this.client.isUnitMode());
        header.setBatch(false);
        header.setBrokerName(broker);
        return header;
    }

}

package io.reliablemq.rocketmq.transport;

import java.io.IOException;
import java.time.Clock;

import io.reliablemq.rocketmq.ProducerInternals;
import org.apache.rocketmq.client.hook.SendMessageContext;
import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.impl.producer.DefaultMQProducerImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.message.MessageType;
import org.apache.rocketmq.common.sysflag.MessageSysFlag;
import org.apache.rocketmq.remoting.protocol.header.SendMessageRequestHeader;
import org.jspecify.annotations.Nullable;

/**
 * Makes the requests that the client makes for its own sends: compressed if it would
 * compress them, and known to its hooks.
 */
final class AsyncRequests {

    private final DefaultMQProducer producer;

    private final DefaultMQProducerImpl client;

    private final Clock clock;

    AsyncRequests(DefaultMQProducer producer, DefaultMQProducerImpl client, Clock clock) {
        this.producer = producer;
        this.client = client;
        this.clock = clock;
    }

    Request create(Message message, String topic, MessageQueue queue, String broker, String address)
            throws IOException {
        message.setTopic(topic);
        String namespace = ProducerInternals.namespace(this.producer);
        if (namespace != null) {
            message.setInstanceId(namespace);
        }
        SendMessageContext context = context(message, queue, address);
        int flags = compress(message);
        if (context != null) {
            this.client.executeSendMessageHookBefore(context);
        }
        return new Request(message, header(message, queue, broker, flags), context);
    }

    private int compress(Message message) throws IOException {
        if (message.getBody().length < this.producer.getCompressMsgBodyOverHowmuch()) {
            return 0;
        }
        message.setBody(this.producer.getCompressor().compress(message.getBody(), this.producer.getCompressLevel()));
        return MessageSysFlag.COMPRESSED_FLAG | this.producer.getCompressType().getCompressionFlag();
    }

    private @Nullable SendMessageContext context(Message message, MessageQueue queue, String address) {
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
        context.setNamespace(ProducerInternals.namespace(this.producer));
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

    /**
     * One message on its way to a broker.
     *
     * @param message the message
     * @param header its description
     * @param context what hooks learn of it; {@code null} if there are none
     */
    record Request(Message message, SendMessageRequestHeader header, @Nullable SendMessageContext context) {
    }

}

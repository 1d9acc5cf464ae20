package io.reliablemq.rocketmq;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.impl.consumer.PullResultExt;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.filter.ExpressionType;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.sysflag.PullSysFlag;
import org.apache.rocketmq.remoting.InvokeCallback;
import org.apache.rocketmq.remoting.netty.ResponseFuture;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.body.ConsumeQueueData;
import org.apache.rocketmq.remoting.protocol.header.PullMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.QueryMessageRequestHeader;
import org.jspecify.annotations.Nullable;

/**
 * Remote calls to one broker about the messages that it stores. They are read in the name
 * of RocketMQ's own group for tools, so that no group's offsets or figures change.
 */
public final class MessageChannel {

    private static final int MOST = 64;

    private final AdminChannel channel;

    private final String address;

    MessageChannel(AdminChannel channel, String address) {
        this.channel = channel;
        this.address = address;
    }

    /**
     * Messages from an offset on that a subscription lets through, none if none is near.
     */
    public List<MessageExt> pull(MessageQueue queue, long offset, int number, String subscription) throws Exception {
        PullMessageRequestHeader header = new PullMessageRequestHeader();
        header.setConsumerGroup(MixAll.TOOLS_CONSUMER_GROUP);
        header.setTopic(this.channel.withNamespace(queue.getTopic()));
        header.setQueueId(queue.getQueueId());
        header.setQueueOffset(offset);
        header.setMaxMsgNums(number);
        header.setSysFlag(PullSysFlag.buildSysFlag(false, false, true, false));
        header.setCommitOffset(0L);
        header.setSuspendTimeoutMillis(0L);
        header.setSubscription(subscription);
        header.setSubVersion(0L);
        header.setExpressionType(ExpressionType.TAG);
        header.setBrokerName(queue.getBrokerName());
        PullResult result = this.channel.remote()
            .pullMessage(this.address, header, this.channel.timeoutMillis(), CommunicationMode.SYNC, null);
        if (result.getPullStatus() != PullStatus.FOUND || !(result instanceof PullResultExt answer)) {
            return List.of();
        }
        return MessageDecoder.decodes(ByteBuffer.wrap(answer.getMessageBinary()), false);
    }

    /**
     * Messages that the index finds by a hash of the key. The client's own query takes a
     * broker that fails for one that has nothing.
     * @param topic the topic
     * @param key a key
     * @param indexType an index of {@link MessageConst}, {@code null} for the one that a
     * broker takes by default
     * @return at most as many as the broker returns
     */
    public List<MessageExt> query(String topic, String key, @Nullable String indexType) throws Exception {
        QueryMessageRequestHeader header = new QueryMessageRequestHeader();
        header.setTopic(this.channel.withNamespace(topic));
        header.setKey(key);
        header.setMaxNum(MOST);
        header.setBeginTimestamp(0L);
        header.setEndTimestamp(Long.MAX_VALUE);
        header.setIndexType(indexType);
        Answer answer = new Answer(new CompletableFuture<>());
        this.channel.remote()
            .queryMessage(this.address, header, this.channel.timeoutMillis(), answer,
                    MessageConst.INDEX_UNIQUE_TYPE.equals(indexType));
        try {
            return messages(answer.response().get(2 * this.channel.timeoutMillis(), TimeUnit.MILLISECONDS));
        }
        catch (ExecutionException ex) {
            throw (ex.getCause() instanceof Exception cause) ? cause : ex;
        }
    }

    private List<MessageExt> messages(RemotingCommand response) throws MQBrokerException {
        return switch (response.getCode()) {
            case ResponseCode.SUCCESS -> MessageDecoder.decodes(ByteBuffer.wrap(response.getBody()), false);
            case ResponseCode.QUERY_NOT_FOUND -> List.of();
            default -> throw new MQBrokerException(response.getCode(), response.getRemark(), this.address);
        };
    }

    /** Hashes of the tags of some messages. */
    public List<ConsumeQueueData> tags(String topic, int queueId, long offset, int number) throws Exception {
        List<ConsumeQueueData> data = this.channel.remote()
            .queryConsumeQueue(this.address, this.channel.withNamespace(topic), queueId, offset, number, null,
                    this.channel.timeoutMillis())
            .getQueueData();
        return (data != null) ? data : List.of();
    }

    /** An asynchronous answer. */
    private record Answer(CompletableFuture<RemotingCommand> response) implements InvokeCallback {

        @Override
        public void operationComplete(ResponseFuture future) {
            // one of the others is called too
        }

        @Override
        public void operationSucceed(RemotingCommand answer) {
            this.response.complete(answer);
        }

        @Override
        public void operationFail(Throwable failure) {
            this.response.completeExceptionally(failure);
        }

    }

}

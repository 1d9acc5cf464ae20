package io.reliablemq.rocketmq.lookup;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.reliablemq.rocketmq.AdminChannel;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.InvokeCallback;
import org.apache.rocketmq.remoting.netty.ResponseFuture;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.header.QueryMessageRequestHeader;

/**
 * Looks for messages in one broker's index. The client's own query keeps a broker's
 * failure to itself.
 */
final class KeyQuery {

    private static final long TIMEOUT_MILLIS = 3000;

    private static final int MOST = 64;

    private final AdminChannel channel;

    private final String address;

    KeyQuery(AdminChannel channel, String address) {
        this.channel = channel;
        this.address = address;
    }

    /** Messages of the topic that have the key among their KEYS, or as UNIQ_KEY. */
    List<MessageExt> find(String topic, String key) throws Exception {
        QueryMessageRequestHeader header = new QueryMessageRequestHeader();
        header.setTopic(this.channel.withNamespace(topic));
        header.setKey(key);
        header.setMaxNum(MOST);
        header.setBeginTimestamp(0L);
        header.setEndTimestamp(Long.MAX_VALUE);
        CompletableFuture<RemotingCommand> answer = new CompletableFuture<>();
        this.channel.client()
            .getMQClientAPIImpl()
            .queryMessage(this.address, header, TIMEOUT_MILLIS, new Answer(answer), false);
        try {
            return messages(answer.get(2 * TIMEOUT_MILLIS, TimeUnit.MILLISECONDS), key);
        }
        catch (ExecutionException ex) {
            throw (ex.getCause() instanceof Exception cause) ? cause : ex;
        }
    }

    private List<MessageExt> messages(RemotingCommand response, String key) throws MQBrokerException {
        if (response.getCode() == ResponseCode.QUERY_NOT_FOUND) {
            return List.of();
        }
        if (response.getCode() != ResponseCode.SUCCESS) {
            throw new MQBrokerException(response.getCode(), response.getRemark(), this.address);
        }
        // The index knows hashes only.
        return MessageDecoder.decodes(ByteBuffer.wrap(response.getBody()), false)
            .stream()
            .filter((message) -> hasKey(message, key))
            .toList();
    }

    private static boolean hasKey(MessageExt message, String key) {
        String keys = message.getKeys();
        return key.equals(message.getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX))
                || (keys != null && Arrays.asList(keys.split(MessageConst.KEY_SEPARATOR)).contains(key));
    }

    private record Answer(CompletableFuture<RemotingCommand> answer) implements InvokeCallback {

        @Override
        public void operationComplete(ResponseFuture responseFuture) {
            // one of the others is called too
        }

        @Override
        public void operationSucceed(RemotingCommand response) {
            this.answer.complete(response);
        }

        @Override
        public void operationFail(Throwable throwable) {
            this.answer.completeExceptionally(throwable);
        }

    }

}

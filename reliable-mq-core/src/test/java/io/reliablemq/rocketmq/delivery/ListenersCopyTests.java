package io.reliablemq.rocketmq.delivery;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

import io.reliablemq.rocketmq.Messages;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ListenersCopyTests {

    @Test
    void isTheSameInAllItsFields() {
        MessageExt sent = Messages.withId(42);
        sent.setKeys("k");
        sent.setQueueId(3);
        sent.setQueueOffset(77);
        sent.setCommitLogOffset(4711);
        sent.setReconsumeTimes(2);
        sent.setBornTimestamp(5);
        sent.setStoreTimestamp(6);
        sent.setPreparedTransactionOffset(8);
        sent.setBornHost(new InetSocketAddress("127.0.0.1", 1));
        sent.setStoreHost(new InetSocketAddress("127.0.0.1", 2));
        MessageExt received = MessageDecoder.clientDecode(ByteBuffer.wrap(encode(sent)), true);
        received.setBrokerName("broker");

        MessageExt copy = (MessageExt) ListenersCopy.of(received);

        assertThat(copy).isNotSameAs(received)
            .isExactlyInstanceOf(MessageClientExt.class)
            .usingRecursiveComparison()
            .isEqualTo(received);
        assertThat(copy.getBody()).isNotSameAs(received.getBody());
        assertThat(copy.getMsgId()).isEqualTo(received.getMsgId());
    }

    private static byte[] encode(MessageExt message) {
        try {
            return MessageDecoder.encode(message, false);
        }
        catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Test
    void leavesOtherPayloadsAsTheyAre() {
        Object payload = new Object();

        assertThat(ListenersCopy.of(payload)).isSameAs(payload);
    }

}

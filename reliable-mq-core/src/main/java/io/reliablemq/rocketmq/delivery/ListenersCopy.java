package io.reliablemq.rocketmq.delivery;

import java.util.HashMap;

import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Copies a message for a listener that takes the message itself. The listener may change
 * it, to send it on for example; what fails after that is delivered again, or parked, as
 * it was delivered.
 */
final class ListenersCopy {

    private ListenersCopy() {
    }

    /** A copy of a message; anything else as it is. */
    static Object of(Object payload) {
        return (payload instanceof MessageExt message) ? copy(message) : payload;
    }

    private static MessageExt copy(MessageExt message) {
        MessageExt copy;
        if (message instanceof MessageClientExt received) {
            MessageClientExt same = new MessageClientExt();
            same.setOffsetMsgId(received.getOffsetMsgId());
            copy = same;
        }
        else {
            copy = new MessageExt();
            copy.setMsgId(message.getMsgId());
        }
        copy.setTopic(message.getTopic());
        copy.setFlag(message.getFlag());
        copy.setBody((message.getBody() != null) ? message.getBody().clone() : null);
        copy.setTransactionId(message.getTransactionId());
        MessageAccessor.setProperties(copy, new HashMap<>(message.getProperties()));
        copy.setBrokerName(message.getBrokerName());
        copy.setQueueId(message.getQueueId());
        copy.setQueueOffset(message.getQueueOffset());
        copy.setCommitLogOffset(message.getCommitLogOffset());
        copy.setStoreSize(message.getStoreSize());
        copy.setBodyCRC(message.getBodyCRC());
        copy.setSysFlag(message.getSysFlag());
        copy.setBornTimestamp(message.getBornTimestamp());
        copy.setBornHost(message.getBornHost());
        copy.setStoreTimestamp(message.getStoreTimestamp());
        copy.setStoreHost(message.getStoreHost());
        copy.setReconsumeTimes(message.getReconsumeTimes());
        copy.setPreparedTransactionOffset(message.getPreparedTransactionOffset());
        return copy;
    }

}

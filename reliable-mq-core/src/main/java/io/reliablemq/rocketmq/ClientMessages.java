package io.reliablemq.rocketmq;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.producer.PreparedMessage;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Converts messages of this library into those of the client.
 */
public final class ClientMessages {

    /** rocketmq-spring takes a header of this name for the message's flag. */
    private static final String FLAG = "FLAG";

    private ClientMessages() {
    }

    /**
     * A message to send: one per attempt, because the client changes it while it sends,
     * all with the same ids.
     */
    public static Message outgoing(PreparedMessage prepared) {
        Message message = new Message(prepared.topic(), prepared.tag(), prepared.body());
        message.setKeys(prepared.keys());
        prepared.properties().forEach((name, value) -> {
            if (FLAG.equals(name)) {
                message.setFlag(flag(value));
            }
            else {
                message.putUserProperty(name, value);
            }
        });
        if (prepared.deliverAt() != null) {
            message.setDeliverTimeMs(prepared.deliverAt().toEpochMilli());
        }
        Marks.bind(message, prepared.uniqKey());
        return message;
    }

    /**
     * A stored message as if it had just been delivered; a delay is over. Its headers are
     * those of the message that was stored.
     */
    public static MessageExt incoming(StoredMessage stored) {
        MessageExt message = new MessageExt();
        message.setTopic(stored.topic());
        message.setBody(stored.payload());
        if (stored.tag() != null) {
            message.setTags(stored.tag());
        }
        if (!stored.keys().isEmpty()) {
            message.setKeys(stored.keys());
        }
        stored.headers().forEach((name, value) -> {
            if (FLAG.equals(name)) {
                message.setFlag(flag(value));
            }
            else {
                MessageAccessor.putProperty(message, name, value);
            }
        });
        Marks.bind(message, stored);
        if (stored.uniqKey() != null) {
            message.setMsgId(stored.uniqKey());
        }
        return message;
    }

    private static int flag(String value) {
        try {
            return Integer.parseInt(value);
        }
        catch (NumberFormatException ex) {
            return 0;
        }
    }

}

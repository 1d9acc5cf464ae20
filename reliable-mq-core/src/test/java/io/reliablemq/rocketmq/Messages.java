package io.reliablemq.rocketmq;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;

import io.reliablemq.message.ReliableHeaders;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Messages as a consumer gets them.
 */
public final class Messages {

    private Messages() {
    }

    public static MessageExt message(String body) {
        MessageExt message = new MessageExt();
        message.setTopic("orders");
        message.setMsgId("7F00A");
        message.setBody(body.getBytes(StandardCharsets.UTF_8));
        // Headers of this library that are put on it were made for it.
        Marks.bind(message, "7F00A");
        return message;
    }

    public static MessageExt withId(long id) {
        MessageExt message = message("text");
        MessageAccessor.putProperty(message, ReliableHeaders.ID, String.valueOf(id));
        return message;
    }

    /** A new message whose maker has copied the headers of another one. */
    public static MessageExt copyOf(MessageExt message, String uniqKey) {
        MessageExt copy = new MessageExt();
        copy.setTopic(message.getTopic());
        copy.setMsgId(uniqKey);
        copy.setBody(message.getBody());
        MessageAccessor.setProperties(copy, new HashMap<>(message.getProperties()));
        MessageAccessor.putProperty(copy, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, uniqKey);
        return copy;
    }

    public static MessageExt redelivered(MessageExt message, int times) {
        message.setReconsumeTimes(times);
        return message;
    }

}

package io.reliablemq.rocketmq;

import java.nio.charset.StandardCharsets;

import io.reliablemq.message.ReliableHeaders;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Messages as a consumer gets them.
 */
final class Messages {

    private Messages() {
    }

    static MessageExt message(String body) {
        MessageExt message = new MessageExt();
        message.setTopic("orders");
        message.setMsgId("7F00A");
        message.setBody(body.getBytes(StandardCharsets.UTF_8));
        MessageAccessor.putProperty(message, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, "7F00A");
        return message;
    }

    static MessageExt withId(long id) {
        MessageExt message = message("text");
        MessageAccessor.putProperty(message, ReliableHeaders.ID, String.valueOf(id));
        return message;
    }

    static MessageExt redelivered(MessageExt message, int times) {
        message.setReconsumeTimes(times);
        return message;
    }

}

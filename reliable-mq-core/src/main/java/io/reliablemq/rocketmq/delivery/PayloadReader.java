package io.reliablemq.rocketmq.delivery;

import java.nio.charset.Charset;

import io.reliablemq.rocketmq.ListenerDescription;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.messaging.converter.MessageConverter;
import org.springframework.messaging.converter.SmartMessageConverter;
import org.springframework.messaging.support.MessageBuilder;

/**
 * Turns a delivered message into what the listener takes, as rocketmq-spring does. A
 * listener that takes {@code byte[]} gets the body, where rocketmq-spring would fail on
 * every message.
 */
public final class PayloadReader {

    private final Class<?> type;

    private final MethodParameter parameter;

    private final MessageConverter converter;

    private final Charset charset;

    public PayloadReader(ListenerDescription listener) {
        this.type = listener.payloadType();
        MethodParameter taken = new MethodParameter(listener.onMessage(), 0);
        this.parameter = (listener.batchListener() != null) ? taken.nested() : taken;
        this.converter = listener.container().getMessageConverter();
        this.charset = Charset.forName(listener.container().getCharset());
    }

    public Object read(MessageExt message) {
        if (this.type == MessageExt.class || this.type == Message.class) {
            return message;
        }
        if (this.type == byte[].class) {
            return body(message).clone();
        }
        String text = new String(body(message), this.charset);
        if (this.type == String.class) {
            return text;
        }
        try {
            Object payload = convert(MessageBuilder.withPayload(text).build());
            if (payload == null) {
                throw new UnreadableMessageException(this.type, null);
            }
            return payload;
        }
        catch (UnreadableMessageException ex) {
            throw ex;
        }
        catch (RuntimeException | StackOverflowError ex) {
            // Of what is nested too deeply a converter says it in either way.
            throw new UnreadableMessageException(this.type, ex);
        }
    }

    /** The client leaves an empty one out. */
    private static byte[] body(MessageExt message) {
        byte @Nullable [] body = message.getBody();
        return (body != null) ? body : new byte[0];
    }

    private @Nullable Object convert(org.springframework.messaging.Message<String> message) {
        if (this.converter instanceof SmartMessageConverter smart) {
            return smart.fromMessage(message, this.type, this.parameter);
        }
        return this.converter.fromMessage(message, this.type);
    }

}

package io.reliablemq.rocketmq.transport;

import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Map;

import io.reliablemq.message.InvalidMessageException;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.converter.MessageConverter;

/**
 * Converts payloads to bodies with the converter and the character set of a
 * {@link RocketMQTemplate}, to the same bytes as its own sends.
 */
class PayloadConverter {

    private static final String DEFAULT_CONTENT_TYPE = "text/plain";

    /** Each new instance draws a random id. */
    private static final MessageHeaders NO_HEADERS = new MessageHeaders(null);

    private final RocketMQTemplate template;

    PayloadConverter(RocketMQTemplate template) {
        this.template = template;
    }

    Body convert(Object payload, Map<String, String> headers, String destination) {
        try {
            MessageConverter converter = this.template.getMessageConverter();
            Message<?> converted = converter.toMessage(payload, springHeaders(headers));
            byte[] bytes = (converted != null) ? bytes(converter, converted) : null;
            if (converted == null || bytes == null) {
                throw new InvalidMessageException("No message converter accepts the payload of " + payload.getClass()
                        + " for " + destination + ". Add one to RocketMQMessageConverter, or send text, bytes or an "
                        + "object that Jackson can write.");
            }
            if (bytes.length == 0) {
                throw new InvalidMessageException("The payload of " + payload.getClass() + " for " + destination
                        + " was converted to nothing, RocketMQ cannot store a message without a body. Send at least "
                        + "one byte.");
            }
            return new Body(bytes, contentType(converted));
        }
        catch (InvalidMessageException ex) {
            throw ex;
        }
        catch (RuntimeException ex) {
            throw new InvalidMessageException("The payload of " + payload.getClass() + " for " + destination
                    + " could not be converted. Correct its mapping, or the converter in RocketMQMessageConverter; "
                    + "the cause says where it failed.", ex);
        }
    }

    private static MessageHeaders springHeaders(Map<String, String> headers) {
        return headers.isEmpty() ? NO_HEADERS : new MessageHeaders(new HashMap<>(headers));
    }

    private byte @Nullable [] bytes(MessageConverter converter, Message<?> message) {
        Object payload = message.getPayload();
        if (payload instanceof byte[] bytes) {
            // The array may be the caller's own, who is free to use it again.
            return bytes.clone();
        }
        Object text = (payload instanceof String) ? payload : converter.fromMessage(message, payload.getClass());
        return (text instanceof String string) ? string.getBytes(Charset.forName(this.template.getCharset())) : null;
    }

    private static String contentType(Message<?> message) {
        Object contentType = message.getHeaders().get(MessageHeaders.CONTENT_TYPE);
        return (contentType != null) ? contentType.toString() : DEFAULT_CONTENT_TYPE;
    }

    /**
     * What a payload became.
     *
     * @param bytes the body
     * @param contentType its type, which rocketmq-spring sends along as a property
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Body(byte[] bytes, String contentType) {
    }

}

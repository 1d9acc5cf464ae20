package io.reliablemq.producer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/**
 * Reads Spring messages the way rocketmq-spring does.
 */
final class SpringMessages {

    private static final String KEYS = "KEYS";

    private static final String PREFIXED_KEYS = "rocketmq_KEYS";

    private static final String WAIT = "WAIT_STORE_MSG_OK";

    private SpringMessages() {
    }

    /** Takes a Spring message apart; the message's own headers win. */
    static ReliableMessage<?> unwrap(ReliableMessage<?> message) {
        if (!(message.payload() instanceof Message<?> spring)) {
            return message;
        }
        Map<String, String> headers = headers(spring.getHeaders());
        headers.putAll(message.headers());
        List<String> keys = new ArrayList<>(message.keys());
        keys.addAll(keys(spring.getHeaders()));
        return new ReliableMessage<>(message.id(), message.space(), message.topic(), message.tag(), spring.getPayload(),
                keys, message.orderingKey(), headers, message.delay());
    }

    private static Map<String, String> headers(MessageHeaders springHeaders) {
        Map<String, String> headers = new LinkedHashMap<>();
        springHeaders.forEach((name, value) -> {
            if (WAIT.equals(name)) {
                requireWait(value);
            }
            else if (!KEYS.equals(name) && !MessageHeaders.ID.equals(name) && !MessageHeaders.TIMESTAMP.equals(name)) {
                headers.put(name, String.valueOf(value));
            }
        });
        return headers;
    }

    private static List<String> keys(MessageHeaders headers) {
        Object keys = headers.get(KEYS);
        if (keys == null || keys.toString().isBlank()) {
            keys = headers.get(PREFIXED_KEYS);
        }
        return split(keys);
    }

    private static List<String> split(@Nullable Object keys) {
        if (keys == null || keys.toString().isBlank()) {
            return List.of();
        }
        return List.of(keys.toString().strip().split("\\s+"));
    }

    private static void requireWait(Object value) {
        if ("false".equals(String.valueOf(value))) {
            throw new InvalidMessageException("The header " + WAIT + "=false tells the broker not to wait until the "
                    + "message is safe. Leave it out, or send the message by RocketMQTemplate.");
        }
    }

}

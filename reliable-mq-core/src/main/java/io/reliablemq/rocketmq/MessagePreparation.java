package io.reliablemq.rocketmq;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.PreparedMessage;
import org.apache.rocketmq.client.Validators;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;

import org.springframework.messaging.MessageHeaders;

/**
 * Turns what an application wrote into what is sent, and refuses what the broker would.
 */
class MessagePreparation {

    /** The broker keeps the length of all properties in a signed 16-bit number. */
    private static final int MAX_PROPERTIES = Short.MAX_VALUE;

    /** What is added to the properties after this, about: by client, broker and here. */
    private static final int ADDED_PROPERTIES = 384;

    private final DefaultMQProducer producer;

    private final PayloadConverter converter;

    MessagePreparation(RocketMQTemplate template, DefaultMQProducer producer) {
        this.producer = producer;
        this.converter = new PayloadConverter(template);
    }

    PreparedMessage prepare(ReliableMessage<?> message, long id, @Nullable Instant deliverAt) {
        checkTopic(message);
        PayloadConverter.Body body = this.converter.convert(message.payload(), message.headers(),
                message.destination());
        checkSize(body.bytes(), message);
        List<String> keys = new ArrayList<>(message.keys());
        String reliableId = Long.toString(id);
        keys.add(reliableId);
        Map<String, String> properties = properties(message, reliableId, deliverAt, body.contentType());
        checkProperties(message, keys, properties);
        return new PreparedMessage(id, MessageClientIDSetter.createUniqID(), message.topic(), message.tag(),
                List.copyOf(keys), body.bytes(), Collections.unmodifiableMap(properties), message.orderingKey(),
                deliverAt);
    }

    private static Map<String, String> properties(ReliableMessage<?> message, String id, @Nullable Instant deliverAt,
            String contentType) {
        Map<String, String> properties = new LinkedHashMap<>(message.headers());
        properties.put(MessageHeaders.CONTENT_TYPE, contentType);
        properties.put(ReliableHeaders.ID, id);
        if (message.orderingKey() != null) {
            properties.put(ReliableHeaders.ORDERING_KEY, message.orderingKey());
        }
        if (deliverAt != null) {
            properties.put(ReliableHeaders.DELIVER_AT, Long.toString(deliverAt.toEpochMilli()));
        }
        return properties;
    }

    private void checkTopic(ReliableMessage<?> message) {
        try {
            String topic = ProducerInternals.withNamespace(this.producer, message.topic());
            Validators.checkTopic(topic);
            Validators.isNotAllowedSendTopic(topic);
        }
        catch (MQClientException ex) {
            throw new InvalidMessageException("RocketMQ does not let messages be sent to topic '" + message.topic()
                    + "': " + ex.getErrorMessage() + " Choose another topic, or a shorter namespace.", ex);
        }
    }

    private void checkSize(byte[] body, ReliableMessage<?> message) {
        if (body.length > this.producer.getMaxMessageSize()) {
            throw new InvalidMessageException("The body for " + message.destination() + " has " + body.length
                    + " bytes, at most " + this.producer.getMaxMessageSize() + " are allowed "
                    + "(rocketmq.producer.max-message-size, and maxMessageSize of the broker). Send a reference to "
                    + "data that is stored elsewhere, or split it.");
        }
    }

    private static void checkProperties(ReliableMessage<?> message, List<String> keys, Map<String, String> properties) {
        long chars = (long) ADDED_PROPERTIES + ((message.tag() != null) ? message.tag().length() : 0);
        for (String key : keys) {
            chars += key.length() + 1L;
        }
        for (Map.Entry<String, String> property : properties.entrySet()) {
            chars += (long) property.getKey().length() + property.getValue().length() + 2;
        }
        if (chars * 3 > MAX_PROPERTIES) {
            requirePropertiesFit(message, keys, properties);
        }
    }

    private static void requirePropertiesFit(ReliableMessage<?> message, List<String> keys,
            Map<String, String> properties) {
        long bytes = (long) ADDED_PROPERTIES + bytes(message.tag());
        for (String key : keys) {
            bytes += bytes(key) + 1L;
        }
        for (Map.Entry<String, String> property : properties.entrySet()) {
            bytes += (long) bytes(property.getKey()) + bytes(property.getValue()) + 2;
        }
        if (bytes > MAX_PROPERTIES) {
            throw new InvalidMessageException("The headers and keys for " + message.destination() + " have about "
                    + bytes + " bytes, RocketMQ stores at most " + MAX_PROPERTIES + ". Move what is large into the "
                    + "payload.");
        }
    }

    private static int bytes(@Nullable String text) {
        return (text != null) ? text.getBytes(StandardCharsets.UTF_8).length : 0;
    }

}

package io.reliablemq.rocketmq.transport;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.PropertySize;
import io.reliablemq.message.PropertyText;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.rocketmq.ProducerInternals;
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
        String flaw = PropertyText.flaw(properties.get(MessageHeaders.CONTENT_TYPE));
        if (flaw != null) {
            throw new InvalidMessageException(
                    "The content type that the message converter gives the payload of " + message.payload().getClass()
                            + " " + flaw + ". Correct the converter in " + "RocketMQMessageConverter.");
        }
        long bytes = PropertySize.of(message.tag(), keys, properties);
        if (bytes > PropertySize.MAX_BYTES) {
            throw new InvalidMessageException("The headers and keys for " + message.destination() + " have about "
                    + bytes + " bytes, what is added to the message and its copies on the way included; RocketMQ "
                    + "stores at most " + PropertySize.MAX_BYTES + ". Move what is large into the payload.");
        }
    }

}

package io.reliablemq.rocketmq.redelivery;

import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.SendStatus;

/**
 * The broker has stored a message, but not at the durability that it is configured for.
 */
public final class NotDurableException extends MQClientException {

    private static final long serialVersionUID = 1L;

    NotDurableException(SendStatus status, String topic) {
        super("The broker answered " + status + " for topic " + topic
                + ": stored, but not at the durability that it is configured for", null);
    }

}

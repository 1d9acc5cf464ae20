package io.reliablemq.autoconfigure;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.producer.MessageTransport;
import io.reliablemq.rocketmq.RocketMQMessageTransport;
import org.apache.rocketmq.spring.core.RocketMQTemplate;

/**
 * One way to the cluster of each template, shared by all who send there.
 */
final class ClusterTransports {

    private final Map<RocketMQTemplate, MessageTransport> transports = new ConcurrentHashMap<>();

    MessageTransport of(RocketMQTemplate template) {
        return this.transports.computeIfAbsent(template, RocketMQMessageTransport::new);
    }

}

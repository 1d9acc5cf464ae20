package io.reliablemq.rocketmq.listener;

import java.lang.reflect.Modifier;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.rocketmq.ListenerDescription;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;

/**
 * Refuses listeners that would lose or double messages, before the first one is
 * delivered.
 */
record ListenerLint(ListenerDescription listener) {

    private static final Logger logger = LoggerFactory.getLogger(ListenerLint.class);

    void check() {
        if (!this.listener.guarded()) {
            if (this.listener.plainListener() != null && this.listener.payloadType() == Object.class) {
                logger.warn("{} (consumer group '{}') takes Object as far as RocketMQ-Spring can see: declare"
                        + " RocketMQListener<YourType> on the class itself, or every message may fail with a"
                        + " ClassCastException.", name(), this.listener.group());
            }
            return;
        }
        requireListener();
        requireClustering();
        requirePayloadType();
        requireCallable();
        requireSynchronous();
    }

    private void requireListener() {
        if (this.listener.plainListener() == null) {
            throw refused("is a RocketMQReplyListener: a duplicate would have no reply to send",
                    "Leave out @IdempotentConsumer, or use a RocketMQListener and send the answer yourself.");
        }
    }

    private void requireClustering() {
        if (this.listener.container().getMessageModel() == MessageModel.BROADCASTING) {
            throw refused("consumes in BROADCASTING mode: every instance must process every message, and RocketMQ"
                    + " does not redeliver failed ones", "Use CLUSTERING, or leave out @IdempotentConsumer.");
        }
    }

    private void requirePayloadType() {
        Class<?> type = this.listener.payloadType();
        if (type == Object.class || (type.isAssignableFrom(Message.class) && type != Message.class)) {
            throw refused(
                    "takes " + type.getName() + " as far as RocketMQ-Spring can see, so that messages cannot be"
                            + " converted",
                    "Declare RocketMQListener<YourType> on the class itself, not on an interface or"
                            + " type variable of its own.");
        }
    }

    private void requireCallable() {
        boolean subclassed = AopUtils.isCglibProxy(this.listener.listener());
        if (subclassed && Modifier.isFinal(this.listener.onMessage().getModifiers())) {
            throw refused("is proxied, but its onMessage is final: the call would reach the proxy's empty fields",
                    "Remove final from onMessage.");
        }
    }

    private void requireSynchronous() {
        if (AnnotatedElementUtils.hasAnnotation(this.listener.onMessage(), Async.class)
                || AnnotatedElementUtils.hasAnnotation(this.listener.targetClass(), Async.class)) {
            throw refused(
                    "is @Async: onMessage returns before the work is done, so the message would be acknowledged"
                            + " and recorded as processed although it may still fail",
                    "Remove @Async; RocketMQ already calls"
                            + " the listener on threads of its own (consumeThreadNumber).");
        }
    }

    private String name() {
        return this.listener.targetClass().getName();
    }

    private InvalidConfigurationException refused(String reason, String action) {
        return new InvalidConfigurationException("The idempotent listener " + name() + " (consumer group '"
                + this.listener.group() + "') " + reason + ".", action);
    }

}

package io.reliablemq.rocketmq;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQReplyListener;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.messaging.converter.StringMessageConverter;

/**
 * Containers as rocketmq-spring makes them, never started.
 */
public final class Containers {

    private Containers() {
    }

    public static DefaultRocketMQListenerContainer of(Object listener) {
        RocketMQMessageListener annotation = AopProxyUtils.ultimateTargetClass(listener)
            .getAnnotation(RocketMQMessageListener.class);
        DefaultRocketMQListenerContainer container = new DefaultRocketMQListenerContainer();
        container.setRocketMQMessageListener(annotation);
        container.setConsumerGroup(annotation.consumerGroup());
        container.setTopic(annotation.topic());
        container.setMessageConverter(new StringMessageConverter());
        container.setConsumer(new DefaultMQPushConsumer(annotation.consumerGroup()));
        if (listener instanceof RocketMQReplyListener<?, ?> replying) {
            container.setRocketMQReplyListener(replying);
        }
        else {
            container.setRocketMQListener((RocketMQListener<?>) listener);
        }
        return container;
    }

    public static ListenerDescription describe(Object listener) {
        return ListenerDescription.of(of(listener));
    }

    /** On the cluster of some name servers. */
    public static ListenerDescription describe(Object listener, String nameServers) {
        DefaultRocketMQListenerContainer container = of(listener);
        container.getConsumer().setNamesrvAddr(nameServers);
        return ListenerDescription.of(container);
    }

}

package io.reliablemq.rocketmq;

import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Switches RocketMQ's own message trace on, for the application's producers and all its
 * listeners, before they start. The trace topic stays the one that they are configured
 * with.
 */
public final class MessageTraceSwitch implements BeanPostProcessor {

    /**
     * Creates the switch.
     */
    public MessageTraceSwitch() {
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof DefaultMQProducer producer) {
            producer.setEnableTrace(true);
        }
        else if (bean instanceof DefaultRocketMQListenerContainer container) {
            container.getConsumer().setEnableTrace(true);
        }
        return bean;
    }

}

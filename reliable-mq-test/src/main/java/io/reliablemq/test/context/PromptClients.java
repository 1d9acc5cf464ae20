package io.reliablemq.test.context;

import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;

import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Lets clients look for new topics every second instead of every thirty: with a broker
 * that starts empty, the first message and the first redelivery of a group would wait for
 * that.
 */
final class PromptClients implements BeanPostProcessor {

    private static final int POLL_MILLIS = 1000;

    @Override
    public Object postProcessBeforeInitialization(Object bean, String beanName) {
        if (bean instanceof DefaultMQProducer producer) {
            producer.setPollNameServerInterval(POLL_MILLIS);
        }
        return bean;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof DefaultRocketMQListenerContainer container && container.getConsumer() != null) {
            container.getConsumer().setPollNameServerInterval(POLL_MILLIS);
        }
        return bean;
    }

}

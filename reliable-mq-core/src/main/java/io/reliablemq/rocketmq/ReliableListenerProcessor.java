package io.reliablemq.rocketmq;

import java.util.function.Supplier;

import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;

import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Hands every listener container of RocketMQ-Spring to the installer, once it is
 * initialized.
 */
public final class ReliableListenerProcessor implements BeanPostProcessor {

    private final Supplier<ListenerInstaller> installer;

    /**
     * Creates the processor.
     * @param installer asked for at the first container, so that nothing is created early
     */
    public ReliableListenerProcessor(Supplier<ListenerInstaller> installer) {
        this.installer = installer;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof DefaultRocketMQListenerContainer container) {
            this.installer.get().install(container);
        }
        return bean;
    }

}

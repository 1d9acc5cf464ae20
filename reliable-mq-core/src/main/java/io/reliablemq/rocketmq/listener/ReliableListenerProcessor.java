package io.reliablemq.rocketmq.listener;

import java.util.function.Supplier;

import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Hands every listener container of RocketMQ-Spring to the installer, once it is
 * initialized, and has it drained before it stops.
 */
public final class ReliableListenerProcessor implements BeanPostProcessor, BeanFactoryAware {

    private final Supplier<ListenerInstaller> installer;

    private @Nullable ConfigurableListableBeanFactory beans;

    /**
     * Creates the processor.
     * @param installer asked for at the first container, so that nothing is created early
     */
    public ReliableListenerProcessor(Supplier<ListenerInstaller> installer) {
        this.installer = installer;
    }

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        this.beans = (beanFactory instanceof ConfigurableListableBeanFactory configurable) ? configurable : null;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof DefaultRocketMQListenerContainer container) {
            this.installer.get().install(container);
            stopAfterDrain(beanName);
        }
        return bean;
    }

    /** Spring stops and destroys first what depends on a bean. */
    private void stopAfterDrain(String container) {
        if (this.beans != null) {
            for (String drain : this.beans.getBeanNamesForType(ListenerDrain.class, false, false)) {
                this.beans.registerDependentBean(container, drain);
            }
        }
    }

}

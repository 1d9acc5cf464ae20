package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQBroker;
import java.util.Map;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.DefaultSingletonBeanRegistry;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * Makes a running broker part of a context that isn't refreshed yet: as a bean, in the
 * environment, and ended with it. Singletons are destroyed in the reverse order of their
 * registration, after all lifecycle beans have stopped; the broker, registered before any
 * bean exists, goes last.
 */
final class BrokerBean {

    static final String NAME = "embeddedRocketMQBroker";

    static final String PROPERTY_SOURCE = "embeddedRocketMQ";

    private BrokerBean() {
    }

    static boolean isIn(ConfigurableApplicationContext context) {
        return context.getBeanFactory().containsSingleton(NAME);
    }

    static void register(ConfigurableApplicationContext context, EmbeddedRocketMQBroker broker, Runnable end,
            Map<String, Object> properties) {
        ConfigurableListableBeanFactory beans = context.getBeanFactory();
        beans.registerSingleton(NAME, broker);
        ((DefaultSingletonBeanRegistry) beans).registerDisposableBean(NAME, end::run);
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource(PROPERTY_SOURCE, properties));
    }

}

package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQBroker;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.StringUtils;

/**
 * Lets an application that names no RocketMQ name server start with a broker of its own.
 * Comes last, so that whoever sets a name server in an initializer is heard.
 */
class DevelopmentBrokerInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext>, Ordered {

    static final String ENABLED = "reliable-mq.embedded.enabled";

    static final String EMBEDDED_DELAY_LEVELS = "reliable-mq.embedded.delay-levels";

    private static final String NAME_SERVER = "rocketmq.name-server";

    private static final String PRODUCER_GROUP = "rocketmq.producer.group";

    private static final String DELAY_LEVELS = "reliable-mq.delay-levels";

    private static final Logger logger = LoggerFactory.getLogger(DevelopmentBrokerInitializer.class);

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        if (isMissingABroker(context)) {
            start(context);
        }
    }

    private static boolean isMissingABroker(ConfigurableApplicationContext context) {
        ConfigurableEnvironment environment = context.getEnvironment();
        return environment.getProperty(ENABLED, Boolean.class, true)
                && !StringUtils.hasText(environment.getProperty(NAME_SERVER)) && !BrokerBean.isIn(context)
                && !isBootstrapOrChild(context);
    }

    /**
     * Spring Cloud's bootstrap context names its property source and itself; the
     * application's own context is then its child, and still the one that needs a broker.
     */
    private static boolean isBootstrapOrChild(ConfigurableApplicationContext context) {
        ApplicationContext parent = context.getParent();
        return context.getEnvironment().getPropertySources().contains("bootstrap")
                || (parent != null && !"bootstrap".equals(parent.getId()));
    }

    private static void start(ConfigurableApplicationContext context) {
        ConfigurableEnvironment environment = context.getEnvironment();
        EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().delayLevels(delayLevels(environment)).start();
        try {
            BrokerBean.register(context, broker, broker::close, properties(environment, broker));
        }
        catch (RuntimeException ex) {
            broker.close();
            throw ex;
        }
        logger
            .info("Started an embedded RocketMQ broker for development, name server {}: its messages are gone when the "
                    + "application ends. To use a real one set rocketmq.name-server=<host>:9876; to start without "
                    + "any set {}=false.", broker.nameServerAddress(), ENABLED);
    }

    private static String delayLevels(ConfigurableEnvironment environment) {
        String levels = text(environment, EMBEDDED_DELAY_LEVELS);
        if (levels == null) {
            levels = text(environment, DELAY_LEVELS);
        }
        return (levels != null) ? levels : EmbeddedRocketMQBroker.DEFAULT_DELAY_LEVELS;
    }

    private static Map<String, Object> properties(ConfigurableEnvironment environment, EmbeddedRocketMQBroker broker) {
        Map<String, Object> properties = new HashMap<>();
        properties.put(NAME_SERVER, broker.nameServerAddress());
        properties.put(DELAY_LEVELS, broker.delayLevels());
        if (text(environment, PRODUCER_GROUP) == null) {
            properties.put(PRODUCER_GROUP, producerGroup(environment));
        }
        return properties;
    }

    private static String producerGroup(ConfigurableEnvironment environment) {
        String name = text(environment, "spring.application.name");
        String group = (name != null) ? name : "application";
        // What RocketMQ accepts in the name of a group.
        return group.replaceAll("[^a-zA-Z0-9_-]", "-") + "-producer";
    }

    private static @Nullable String text(ConfigurableEnvironment environment, String key) {
        String value = environment.getProperty(key);
        return StringUtils.hasText(value) ? value : null;
    }

}

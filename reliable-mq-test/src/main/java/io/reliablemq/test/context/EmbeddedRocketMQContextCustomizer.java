package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQBroker;
import java.util.Map;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Gives a test context its broker. Part of the key of Spring's context cache, hence equal
 * for equal annotations.
 *
 * @param spec the broker to start
 */
record EmbeddedRocketMQContextCustomizer(BrokerSpec spec) implements ContextCustomizer {

    @Override
    public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
        SharedBroker shared = SharedBroker.acquire(this.spec);
        EmbeddedRocketMQBroker broker = shared.broker();
        BrokerBean.register(context, broker, shared::release, Map.of("rocketmq.name-server", broker.nameServerAddress(),
                "reliable-mq.delay-levels", broker.delayLevels()));
    }

}

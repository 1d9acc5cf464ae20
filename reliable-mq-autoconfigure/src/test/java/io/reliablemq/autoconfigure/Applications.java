package io.reliablemq.autoconfigure;

import java.util.List;
import java.util.UUID;

import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/**
 * Applications as a user would set them up. None of them needs a server: the name server
 * that they are given refuses connections, which only containers notice.
 */
final class Applications {

    private Applications() {
    }

    static ApplicationContextRunner bare(BootLine... boots) {
        return new ApplicationContextRunner().withConfiguration(BootLine.autoConfigurations(List.of(boots),
                RocketMQAutoConfiguration.class, ReliableMQAutoConfiguration.class,
                ReliableMQJdbcAutoConfiguration.class, ReliableMQRedisAutoConfiguration.class,
                ReliableMQListenerAutoConfiguration.class, ReliableMQAdaptiveAutoConfiguration.class,
                ReliableMQOutboxAutoConfiguration.class, ReliableMQOutboxEndpointAutoConfiguration.class,
                ReliableMQDeadLetterAutoConfiguration.class, ReliableMQDeadLetterEndpointAutoConfiguration.class,
                ReliableMQDurabilityAutoConfiguration.class, ReliableMQTracingAutoConfiguration.class,
                ReliableMQTrailAutoConfiguration.class, ReliableMQTopicAutoConfiguration.class,
                ReliableMQDegradationAutoConfiguration.class, ReliableMQDegradationEndpointAutoConfiguration.class));
    }

    static ApplicationContextRunner withRocketMQ(BootLine... boots) {
        return bare(boots).withPropertyValues("rocketmq.name-server=127.0.0.1:1", "rocketmq.producer.group=tests")
            .withBean("defaultMQProducer", DefaultMQProducer.class, IdleProducer::new);
    }

    static ApplicationContextRunner withDatabase() {
        return withRocketMQ(BootLine.DATA_SOURCE, BootLine.TRANSACTION_MANAGER, BootLine.TRANSACTIONS)
            .withPropertyValues(newDatabase());
    }

    /**
     * Nothing but the properties: where a value is refused when it is bound, no
     * application starts, and this one fails at once.
     */
    static ApplicationContextRunner withPropertiesOnly() {
        return new ApplicationContextRunner().withUserConfiguration(PropertiesOnly.class);
    }

    @EnableConfigurationProperties(ReliableMQProperties.class)
    static class PropertiesOnly {

    }

    static String newDatabase() {
        return "spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID();
    }

    /** Connects to nothing, so that closing a context takes no time. */
    static final class IdleProducer extends DefaultMQProducer {

        IdleProducer() {
            super("tests");
        }

        @Override
        public void start() {
        }

        @Override
        public void shutdown() {
        }

    }

}

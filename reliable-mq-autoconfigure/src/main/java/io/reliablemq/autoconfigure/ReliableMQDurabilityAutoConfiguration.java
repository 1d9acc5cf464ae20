package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.Objects;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityMonitor;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * Auto-configuration of the durability audit.
 */
@AutoConfiguration(after = { RocketMQAutoConfiguration.class, ReliableMQAutoConfiguration.class,
        ReliableMQListenerAutoConfiguration.class })
@ConditionalOnFlag("reliable-mq.enabled")
@EnableConfigurationProperties(ReliableMQProperties.class)
@Import({ DurabilityHealthConfiguration.class, DurabilityHealthBoot3Configuration.class })
public class ReliableMQDurabilityAutoConfiguration {

    /**
     * The audit of the brokers' configuration.
     * @param templates the application's connections
     * @param registry the application's listeners
     * @param properties the properties
     * @param meters the application's meters, if it has any
     * @return the audit
     */
    @Bean
    @ConditionalOnMissingBean
    DurabilityAudit reliableMQDurabilityAudit(ObjectProvider<RocketMQTemplate> templates, ListenerRegistry registry,
            ReliableMQProperties properties, ObjectProvider<MeterRegistry> meters) {
        return new DurabilityAudit(
                () -> templates.orderedStream().map(RocketMQTemplate::getProducer).filter(Objects::nonNull).toList(),
                registry, PropertyMapping.expectations(properties), properties.durability().topics(),
                Unique.meters(meters), Clock.systemUTC());
    }

    @Bean
    @ConditionalOnMissingBean
    DurabilityMonitor reliableMQDurabilityWatch(DurabilityAudit audit, ReliableMQProperties properties) {
        ReliableMQProperties.Durability durability = properties.durability();
        return new DurabilityMonitor(audit, durability.onViolation(), durability.interval());
    }

}

package io.reliablemq.autoconfigure;

import java.time.Clock;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.ProcessorLoad;
import io.reliablemq.degradation.Degradation;
import io.reliablemq.degradation.DegradationMonitor;
import io.reliablemq.rocketmq.delivery.ListenerThrottling;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of rate limits, priorities and degradation under overload.
 */
@AutoConfiguration(after = ReliableMQListenerAutoConfiguration.class)
@ConditionalOnFlag("reliable-mq.enabled")
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQDegradationAutoConfiguration {

    /**
     * The degradation level and its changes.
     * @param listeners the running listeners
     * @param meters the application's meters, if it has any
     * @param events where changes are published
     * @return the degradation
     */
    @Bean
    @ConditionalOnMissingBean
    Degradation reliableMQDegradation(ObjectProvider<ListenerControl> listeners, ObjectProvider<MeterRegistry> meters,
            ApplicationEventPublisher events) {
        return new Degradation((group) -> listeners.getObject().find(group), Unique.meters(meters),
                (change) -> events.publishEvent(change), Clock.systemUTC());
    }

    @Bean
    @ConditionalOnMissingBean
    ListenerThrottling reliableMQListenerShaping(Degradation degradation, ReliableMQProperties properties) {
        return new ListenerThrottling(degradation, properties.degradation().slowRate(),
                properties.degradation().deferDelay(), Clock.systemUTC());
    }

    @Bean(destroyMethod = "stop")
    @ConditionalOnMissingBean
    DegradationMonitor reliableMQDegradationWatch(Degradation degradation, ReliableMQProperties properties,
            ObjectProvider<BacklogProbe> probe) {
        return new DegradationMonitor(degradation, PropertyMapping.degradationOptions(properties.degradation()),
                probe::getIfAvailable, new ProcessorLoad(), properties.degradation().enabled(), Clock.systemUTC());
    }

}

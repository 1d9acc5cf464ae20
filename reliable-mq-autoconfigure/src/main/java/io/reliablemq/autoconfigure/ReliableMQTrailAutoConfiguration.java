package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.Objects;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.lookup.RocketMQBrokerIndex;
import io.reliablemq.trace.BrokerIndex;
import io.reliablemq.trace.MessageTrail;
import io.reliablemq.trace.TrailRecords;
import io.reliablemq.trace.jdbc.JdbcTrailRecords;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of the message trail.
 */
@AutoConfiguration(after = { RocketMQAutoConfiguration.class, ReliableMQJdbcAutoConfiguration.class,
        ReliableMQListenerAutoConfiguration.class })
@ConditionalOnFlag("reliable-mq.enabled")
public class ReliableMQTrailAutoConfiguration {

    /**
     * Traces messages through database and brokers.
     * @param records state in the database, if there is one
     * @param brokers state at the brokers
     * @return the trail
     */
    @Bean
    @ConditionalOnMissingBean
    MessageTrail reliableMQMessageTrail(ObjectProvider<TrailRecords> records, BrokerIndex brokers) {
        return new MessageTrail(Unique.of(records, TrailRecords.class, TrailRecords::none), brokers, Clock.systemUTC());
    }

    @Bean
    @ConditionalOnMissingBean
    BrokerIndex reliableMQBrokerIndex(ObjectProvider<RocketMQTemplate> templates, ListenerRegistry registry) {
        return new RocketMQBrokerIndex(
                () -> templates.orderedStream().map(RocketMQTemplate::getProducer).filter(Objects::nonNull).toList(),
                registry);
    }

    @Bean
    @ConditionalOnBean(JdbcDatabase.class)
    @ConditionalOnMissingBean
    TrailRecords reliableMQTrailRecords(JdbcDatabase database) {
        return new JdbcTrailRecords(database);
    }

    /**
     * The endpoint, for applications with actuator endpoints.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
    static class EndpointConfiguration {

        @Bean
        @ConditionalOnAvailableEndpoint(endpoint = ReliableMQTrailEndpoint.class)
        @ConditionalOnMissingBean
        ReliableMQTrailEndpoint reliableMQTrailEndpoint(MessageTrail trail) {
            return new ReliableMQTrailEndpoint(trail);
        }

    }

}

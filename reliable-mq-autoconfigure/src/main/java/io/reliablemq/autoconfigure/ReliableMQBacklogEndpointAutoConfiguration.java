package io.reliablemq.autoconfigure;

import java.time.Clock;

import io.reliablemq.backlog.BacklogProbe;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the backlog's actuator endpoint.
 */
@AutoConfiguration(after = ReliableMQBacklogAutoConfiguration.class)
@ConditionalOnFlag({ "reliable-mq.enabled", "reliable-mq.backlog.enabled" })
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnAvailableEndpoint(endpoint = ReliableMQBacklogEndpoint.class)
public class ReliableMQBacklogEndpointAutoConfiguration {

    @Bean
    @ConditionalOnBean(BacklogProbe.class)
    @ConditionalOnMissingBean
    ReliableMQBacklogEndpoint reliableMQBacklogEndpoint(BacklogProbe probe, ReliableMQProperties properties) {
        return new ReliableMQBacklogEndpoint(probe, PropertyMapping.backlogOptions(properties.backlog()).freshness(),
                Clock.systemUTC());
    }

}

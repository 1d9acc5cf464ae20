package io.reliablemq.autoconfigure;

import io.reliablemq.outbox.OutboxStore;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the endpoint of the outbox, for applications with Spring Boot's
 * actuator.
 */
@AutoConfiguration(after = ReliableMQOutboxAutoConfiguration.class)
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBean(OutboxStore.class)
public class ReliableMQOutboxEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint
    ReliableMQOutboxEndpoint reliableMQOutboxEndpoint(OutboxStore store) {
        return new ReliableMQOutboxEndpoint(store);
    }

}

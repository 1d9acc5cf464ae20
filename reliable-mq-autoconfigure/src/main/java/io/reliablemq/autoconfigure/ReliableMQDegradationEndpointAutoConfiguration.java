package io.reliablemq.autoconfigure;

import io.reliablemq.degradation.Degradation;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the endpoint of degradation, for applications with Spring Boot's
 * actuator.
 */
@AutoConfiguration(after = ReliableMQDegradationAutoConfiguration.class)
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBean(Degradation.class)
public class ReliableMQDegradationEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint
    ReliableMQDegradationEndpoint reliableMQDegradationEndpoint(Degradation degradation) {
        return new ReliableMQDegradationEndpoint(degradation);
    }

}

package io.reliablemq.autoconfigure;

import io.reliablemq.deadletter.DeadLetters;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the dead letters' actuator endpoint.
 */
@AutoConfiguration(after = ReliableMQDeadLetterAutoConfiguration.class)
@ConditionalOnFlag("reliable-mq.enabled")
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnAvailableEndpoint(endpoint = ReliableMQDeadLettersEndpoint.class)
public class ReliableMQDeadLetterEndpointAutoConfiguration {

    @Bean
    @ConditionalOnBean(DeadLetters.class)
    @ConditionalOnMissingBean
    ReliableMQDeadLettersEndpoint reliableMQDeadLettersEndpoint(DeadLetters deadLetters,
            ReliableMQProperties properties) {
        return new ReliableMQDeadLettersEndpoint(deadLetters, properties.deadLetter().showPayload());
    }

}

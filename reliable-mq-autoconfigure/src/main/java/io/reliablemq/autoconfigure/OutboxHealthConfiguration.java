package io.reliablemq.autoconfigure;

import io.reliablemq.outbox.OutboxRelay;

import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Health of the outbox's relay with Spring Boot 4: UP while all its threads are alive.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnOutbox
@ConditionalOnClass(HealthIndicator.class)
class OutboxHealthConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "reliableMqOutboxHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("reliablemqoutbox")
    HealthIndicator reliableMqOutboxHealthIndicator(OutboxRelay relay) {
        return () -> relay.isRunning() ? Health.up().build()
                : Health.down().withDetail("relay", "does not run: what is stored is not sent from here").build();
    }

}

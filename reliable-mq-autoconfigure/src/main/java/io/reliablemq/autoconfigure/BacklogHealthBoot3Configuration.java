package io.reliablemq.autoconfigure;

import java.time.Clock;

import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;

import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Health before Spring Boot 4.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HealthIndicator.class)
class BacklogHealthBoot3Configuration {

    @Bean
    @ConditionalOnMissingBean(name = "reliableMqBacklogHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("reliablemqbacklog")
    HealthIndicator reliableMqBacklogHealthIndicator(BacklogProbe probe, ReliableMQProperties properties) {
        BacklogHealth health = new BacklogHealth(probe, properties.backlog(), Clock.systemUTC());
        return () -> {
            BacklogSnapshot snapshot = health.snapshot();
            return new Health.Builder().status(health.status(snapshot)).withDetails(health.details(snapshot)).build();
        };
    }

}

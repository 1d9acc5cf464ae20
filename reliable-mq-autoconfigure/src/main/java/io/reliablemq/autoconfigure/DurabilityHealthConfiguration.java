package io.reliablemq.autoconfigure;

import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityReport;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Health as of Spring Boot 4.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HealthIndicator.class)
class DurabilityHealthConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "reliableMqDurabilityHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("reliablemqdurability")
    HealthIndicator reliableMqDurabilityHealthIndicator(DurabilityAudit audit, ReliableMQProperties properties) {
        DurabilityHealth health = new DurabilityHealth(audit, properties.durability().onViolation());
        return () -> {
            DurabilityReport report = health.report();
            return new Health.Builder().status(health.status(report)).withDetails(health.details(report)).build();
        };
    }

}

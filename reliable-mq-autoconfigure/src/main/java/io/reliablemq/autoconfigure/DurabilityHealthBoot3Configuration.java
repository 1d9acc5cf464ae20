package io.reliablemq.autoconfigure;

import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityReport;
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
class DurabilityHealthBoot3Configuration {

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

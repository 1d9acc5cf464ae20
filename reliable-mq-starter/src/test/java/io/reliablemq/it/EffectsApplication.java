package io.reliablemq.it;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What a user would write: an application with the starter, a database and Redis. Its
 * listeners are added per test.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
class EffectsApplication {

    @Bean
    SimpleMeterRegistry meters() {
        return new SimpleMeterRegistry();
    }

    @Bean
    EffectWriter effectWriter(JdbcTemplate jdbc, Environment environment) {
        return new EffectWriter(jdbc, environment.getRequiredProperty("effects.instance"));
    }

    @Bean
    @ConditionalOnProperty("effects.gated")
    Step gatedStep(JdbcTemplate jdbc, Environment environment) {
        return new GatedStep(jdbc, environment.getRequiredProperty("effects.instance"));
    }

    @Bean
    @ConditionalOnProperty("effects.most")
    Step cappedStep(Environment environment) {
        return new CappedStep(environment.getRequiredProperty("effects.most", Integer.class));
    }

    @Bean
    Work work(EffectWriter effects, ObjectProvider<Step> steps) {
        return new Work(effects, steps.getIfAvailable(() -> Step.NONE));
    }

}

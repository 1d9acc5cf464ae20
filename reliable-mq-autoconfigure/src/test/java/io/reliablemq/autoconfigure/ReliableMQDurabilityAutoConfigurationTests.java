package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityExpectations;
import io.reliablemq.rocketmq.durability.DurabilityMonitor;
import io.reliablemq.rocketmq.durability.FlushMode;
import io.reliablemq.rocketmq.durability.OnViolation;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReliableMQDurabilityAutoConfiguration}.
 */
class ReliableMQDurabilityAutoConfigurationTests {

    private static final String HEALTH = "reliableMqDurabilityHealthIndicator";

    private final ApplicationContextRunner runner = Applications.withDatabase();

    @Test
    void auditsByDefault() {
        this.runner.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(DurabilityAudit.class)
                .hasSingleBean(DurabilityMonitor.class);
            assertThat(context).hasBean(HEALTH);
            ReliableMQProperties.Durability durability = context.getBean(ReliableMQProperties.class).durability();
            assertThat(durability.flush()).isNull();
            assertThat(durability.inSyncReplicas()).isNull();
            assertThat(durability.onViolation()).isEqualTo(OnViolation.WARN);
            assertThat(durability.interval()).isEqualTo(Duration.ofMinutes(10));
            assertThat(durability.topics()).isEmpty();
        });
    }

    @Test
    void definesNothingWhenDisabled() {
        this.runner.withPropertyValues("reliable-mq.enabled=false")
            .run((context) -> assertThat(context.getBeanDefinitionNames())
                .noneMatch((name) -> name.toLowerCase(Locale.ROOT).contains("durability")));
    }

    @Test
    void readsWhatIsExpected() {
        this.runner
            .withPropertyValues("reliable-mq.durability.flush=sync", "reliable-mq.durability.in-sync-replicas=2",
                    "reliable-mq.durability.on-violation=ignore", "reliable-mq.durability.interval=0",
                    "reliable-mq.durability.topics=orders,payments", "reliable-mq.producer.attempt-timeout=9s")
            .run((context) -> {
                ReliableMQProperties properties = context.getBean(ReliableMQProperties.class);
                DurabilityExpectations expected = PropertyMapping.expectations(properties);
                assertThat(expected.flush()).isEqualTo(FlushMode.SYNC);
                assertThat(expected.inSyncReplicas()).isEqualTo(2);
                assertThat(expected.attemptTimeout()).isEqualTo(Duration.ofSeconds(9));
                assertThat(properties.durability().topics()).containsExactly("orders", "payments");
            });
    }

    @Test
    void startsWithoutActuator() {
        this.runner.withClassLoader(new FilteredClassLoader(HealthLine.healthIndicator()))
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(DurabilityAudit.class)
                .doesNotHaveBean(HEALTH));
    }

    @Test
    void hasNoHealthWhereItIsSwitchedOff() {
        this.runner.withPropertyValues("management.health.reliablemqdurability.enabled=false")
            .run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(HEALTH));
    }

    @Test
    void usesTheUsersAudit() {
        DurabilityAudit own = new DurabilityAudit(List::of, new ListenerRegistry(), DurabilityExpectations.defaults(),
                List.of(), new SimpleMeterRegistry(), Clock.systemUTC());
        this.runner.withBean(DurabilityAudit.class, () -> own)
            .run((context) -> assertThat(context).hasNotFailed().getBean(DurabilityAudit.class).isSameAs(own));
    }

    @Test
    void usesTheUsersHealthIndicator() {
        this.runner.withBean(HEALTH, String.class, () -> "own")
            .run((context) -> assertThat(context).hasNotFailed().getBean(HEALTH).isEqualTo("own"));
    }

    @Test
    void tellsHealthWhatWasFound() {
        this.runner.withPropertyValues("reliable-mq.durability.interval=0").run((context) -> {
            context.getBean(DurabilityAudit.class).run();
            Object health = HealthLine.health(context.getBean(HEALTH));
            assertThat(health.toString()).contains("UP").contains("violations=[]").contains("brokers=[]");
        });
    }

}

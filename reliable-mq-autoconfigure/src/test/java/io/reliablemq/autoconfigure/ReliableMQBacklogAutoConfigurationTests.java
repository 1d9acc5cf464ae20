package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.reliablemq.backlog.BacklogLimits;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.jdbc.JdbcBacklogRecords;
import io.reliablemq.rocketmq.backlog.RocketMQBacklogProbe;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ReliableMQBacklogAutoConfiguration} and its endpoint's.
 */
class ReliableMQBacklogAutoConfigurationTests {

    private static final String HEALTH = "reliableMqBacklogHealthIndicator";

    private final ApplicationContextRunner runner = Applications.withDatabase()
        .withConfiguration(AutoConfigurations.of(ReliableMQBacklogAutoConfiguration.class,
                ReliableMQBacklogEndpointAutoConfiguration.class));

    private final ApplicationContextRunner exposed = this.runner
        .withPropertyValues("management.endpoints.web.exposure.include=reliablemqbacklog");

    @Test
    void pollsByDefault() {
        this.runner.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(JdbcBacklogRecords.class)
                .hasBean(HEALTH)
                .doesNotHaveBean(ReliableMQBacklogEndpoint.class);
            assertThat(context.getBean(RocketMQBacklogProbe.class).isRunning()).isTrue();
            ReliableMQProperties.Backlog backlog = context.getBean(ReliableMQProperties.class).backlog();
            assertThat(backlog.poll()).isEqualTo(Duration.ofSeconds(15));
            assertThat(backlog.slowAfter()).isEqualTo(Duration.ofSeconds(30));
            assertThat(backlog.stalledAfter()).isEqualTo(Duration.ofMinutes(1));
            assertThat(PropertyMapping.backlogLimits(backlog, "any", true))
                .isEqualTo(new BacklogLimits(null, null, Duration.ofMinutes(5)));
            assertThat(PropertyMapping.backlogLimits(backlog, "any", false)).isEqualTo(BacklogLimits.none());
        });
    }

    @Test
    void answersWithoutAListener() {
        this.runner.run((context) -> {
            BacklogSnapshot snapshot = context.getBean(BacklogProbe.class).refresh();
            assertThat(snapshot.groups()).isEmpty();
            assertThat(snapshot.problems()).isEmpty();
            assertThat(HealthLine.health(context.getBean(HEALTH)).toString()).contains("UP").contains("exceeded=[]");
        });
    }

    @Test
    void namesAGroupThatCannotBeAskedFor() {
        this.runner.withPropertyValues("reliable-mq.backlog.groups.[points].topics=orders").run((context) -> {
            BacklogSnapshot snapshot = context.getBean(BacklogProbe.class).refresh();
            assertThat(snapshot.problems()).singleElement().asString().contains("Group points cannot be asked for");
            assertThat(HealthLine.health(context.getBean(HEALTH)).toString()).contains("UNKNOWN");
        });
    }

    @Test
    void definesNothingWhenDisabled() {
        for (String property : List.of("reliable-mq.enabled=false", "reliable-mq.backlog.enabled=false")) {
            this.exposed.withPropertyValues(property)
                .run((context) -> assertThat(context).hasNotFailed()
                    .doesNotHaveBean(BacklogProbe.class)
                    .doesNotHaveBean(BacklogRecords.class)
                    .doesNotHaveBean(HEALTH)
                    .doesNotHaveBean(ReliableMQBacklogEndpoint.class));
        }
    }

    @Test
    void readsLimitsOfAllGroupsAndOfOne() {
        this.runner
            .withPropertyValues("reliable-mq.backlog.health.lag=1000", "reliable-mq.backlog.health.lag-time=2m",
                    "reliable-mq.backlog.groups.[GID_points].lag=5",
                    "reliable-mq.backlog.groups.[GID_points].stalled-for=0",
                    "reliable-mq.backlog.groups.[other].topics=a,b")
            .run((context) -> {
                ReliableMQProperties.Backlog backlog = context.getBean(ReliableMQProperties.class).backlog();
                assertThat(PropertyMapping.backlogLimits(backlog, "GID_points", true))
                    .isEqualTo(new BacklogLimits(5L, Duration.ofMinutes(2), null));
                assertThat(PropertyMapping.backlogLimits(backlog, "GID_points", false))
                    .isEqualTo(new BacklogLimits(5L, null, null));
                assertThat(PropertyMapping.backlogTopics(backlog)).containsEntry("other", List.of("a", "b"))
                    .containsEntry("GID_points", List.of());
            });
    }

    @Test
    void startsWithoutActuator() {
        this.exposed.withClassLoader(new FilteredClassLoader(HealthLine.healthIndicator(), Endpoint.class))
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(BacklogProbe.class)
                .doesNotHaveBean(HEALTH)
                .doesNotHaveBean("reliableMQBacklogEndpoint"));
    }

    @Test
    void worksWithoutADatabase() {
        Applications.withRocketMQ()
            .withConfiguration(AutoConfigurations.of(ReliableMQBacklogAutoConfiguration.class))
            .withPropertyValues("reliable-mq.id.worker-id=1")
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(BacklogProbe.class)
                .doesNotHaveBean(BacklogRecords.class));
    }

    @Test
    void hasNoHealthWhereItIsSwitchedOff() {
        this.runner.withPropertyValues("management.health.reliablemqbacklog.enabled=false")
            .run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(HEALTH));
    }

    @Test
    void usesTheUsersBeans() {
        BacklogProbe probe = mock(BacklogProbe.class);
        BacklogRecords records = BacklogRecords.none();
        this.exposed.withBean(BacklogProbe.class, () -> probe)
            .withBean(BacklogRecords.class, () -> records)
            .withBean(HEALTH, String.class, () -> "own")
            .run((context) -> {
                assertThat(context).hasNotFailed()
                    .doesNotHaveBean(RocketMQBacklogProbe.class)
                    .doesNotHaveBean(JdbcBacklogRecords.class)
                    .hasSingleBean(ReliableMQBacklogEndpoint.class);
                assertThat(context.getBean(HEALTH)).isEqualTo("own");
            });
    }

    @Test
    void hasAnEndpointWhereItIsExposed() {
        this.exposed.run((context) -> assertThat(context).hasSingleBean(ReliableMQBacklogEndpoint.class));
        this.exposed.withPropertyValues("management.endpoint.reliablemqbacklog.access=NONE")
            .run((context) -> assertThat(context).doesNotHaveBean(ReliableMQBacklogEndpoint.class));
        assertThat(ReliableMQBacklogEndpoint.class.getAnnotation(Endpoint.class).defaultAccess())
            .isEqualTo(Access.READ_ONLY);
    }

}

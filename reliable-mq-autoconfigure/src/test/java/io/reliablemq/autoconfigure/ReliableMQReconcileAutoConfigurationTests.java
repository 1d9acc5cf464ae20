package io.reliablemq.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.reconcile.ConsumptionPages;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.ReconcileOptions;
import io.reliablemq.reconcile.ReconcileReport;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.ReconcileSchedule;
import io.reliablemq.reconcile.ReconcileSchedule.RunLock;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Redelivery;
import io.reliablemq.reconcile.RelayWakeUp;
import io.reliablemq.reconcile.SentLedger;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import net.javacrumbs.shedlock.core.LockProvider;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.RedisSystemException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisScriptingCommands;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ReliableMQReconcileAutoConfiguration} and what goes with it.
 */
class ReliableMQReconcileAutoConfigurationTests {

    private static final long DAY = Duration.ofDays(1).toMillis();

    private final ApplicationContextRunner database = Applications.withDatabase()
        .withConfiguration(AutoConfigurations.of(ReliableMQReconcileAutoConfiguration.class,
                ReliableMQReconcileScheduleAutoConfiguration.class,
                ReliableMQReconcileEndpointAutoConfiguration.class));

    @Test
    void comparesNothingByItselfAndSendsNothingAgain() {
        this.database.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(Reconciler.class)
                .hasSingleBean(GuardedGroups.class)
                .hasSingleBean(ConsumptionPages.class)
                .doesNotHaveBean(ReconcileSchedule.class)
                .doesNotHaveBean(ReliableMQReconcileEndpoint.class);
            assertThat(context.getBean(Reconciler.class).options()).isEqualTo(ReconcileOptions.defaults());
            assertThat(context.getBeansOfType(SentLedger.class)).hasSize(2);
        });
    }

    @Test
    void definesNothingWhenDisabled() {
        this.database.withPropertyValues("reliable-mq.enabled=false", "reliable-mq.reconcile.window=1h")
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(Reconciler.class)
                .doesNotHaveBean(GuardedGroups.class));
        this.database.withPropertyValues("reliable-mq.reconcile.enabled=false", "reliable-mq.reconcile.window=1h")
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(Reconciler.class)
                .doesNotHaveBean(ReconcileSchedule.class)
                .hasSingleBean(ConsumptionPages.class)
                .hasSingleBean(GuardedGroups.class));
    }

    @Test
    void needsADatabase() {
        Applications.withRocketMQ()
            .withConfiguration(AutoConfigurations.of(ReliableMQReconcileAutoConfiguration.class))
            .withPropertyValues("reliable-mq.id.worker-id=1")
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(Reconciler.class)
                .hasSingleBean(GuardedGroups.class));
    }

    @Test
    void takesTheApplicationsOwnBeans() {
        ReconcileRuns runs = mock(ReconcileRuns.class);
        Redelivery redelivery = mock(Redelivery.class);
        this.database.withBean(ReconcileRuns.class, () -> runs)
            .withBean(Redelivery.class, () -> redelivery)
            .run((context) -> {
                assertThat(context).getBean(ReconcileRuns.class).isSameAs(runs);
                assertThat(context).getBean(Redelivery.class).isSameAs(redelivery);
            });
        this.database.withBean("mine", Reconciler.class,
                () -> new Reconciler(List.of(), new io.reliablemq.reconcile.GroupSources(null, Map.of()), mock(),
                        mock(), mock(), ReconcileOptions.defaults(), () -> {
                        }, () -> 1, mock(), java.time.Clock.systemUTC()))
            .run((context) -> assertThat(context).hasSingleBean(Reconciler.class).hasBean("mine"));
    }

    @Test
    void comparesTheTables() {
        RelayWakeUp relay = mock(RelayWakeUp.class);
        this.database.withBean(RelayWakeUp.class, () -> relay).run((context) -> {
            ReconcileReport report = compare(context);
            assertThat(report.count(Verdict.NOT_SENT)).isOne();
            assertThat(report.group("points").orElseThrow().examined()).isOne();
            then(relay).should().wakeUp();
        });
    }

    private static ReconcileReport compare(ApplicationContext context) {
        JdbcTemplate jdbc = new JdbcTemplate(context.getBean(javax.sql.DataSource.class));
        long now = System.currentTimeMillis();
        jdbc.update(
                "INSERT INTO reliable_mq_outbox (row_id, message_id, cluster, topic, payload, status, due_at,"
                        + " created_at) VALUES (1, 2, 'default', 'orders', X'00', 'PARKED', ?, ?)",
                now + DAY, now - DAY / 2);
        jdbc.update("INSERT INTO reliable_mq_group (cluster, consumer_group, topic, subscription, filter_type,"
                + " message_model, consume_mode, expected_from, last_seen) VALUES ('default', 'points', 'orders', '*',"
                + " 'TAG', 'CLUSTERING', 'CONCURRENTLY', 0, 0)");
        return context.getBean(Reconciler.class)
            .run(new Window(java.time.Instant.ofEpochMilli(now - DAY), java.time.Instant.ofEpochMilli(now)));
    }

    @Test
    void showsRunsAndRunsOneAtTheEndpoint() {
        this.database.withPropertyValues("management.endpoints.web.exposure.include=reliablemqreconcile")
            .run((context) -> {
                ReliableMQReconcileEndpoint endpoint = context.getBean(ReliableMQReconcileEndpoint.class);
                assertThat(endpoint.runs(null).runs()).isEmpty();
                compare(context);
                assertThat(endpoint.runs(5).runs()).singleElement().satisfies((run) -> {
                    assertThat(run.group()).isEqualTo("points");
                    assertThat(run.counts()).isEqualTo(Map.of(Verdict.NOT_SENT, 1L));
                    assertThat(run.status()).isEqualTo("FINISHED");
                });
                String to = java.time.Instant.now().toString();
                String from = java.time.Instant.now().minus(Duration.ofDays(1)).toString();
                assertThat(endpoint.run(from, to, null, null).runs()).singleElement()
                    .satisfies((run) -> assertThat(run.examples()).isEqualTo(Map.of(Verdict.NOT_SENT, List.of("2"))));
                assertThat(endpoint.runs(null).runs()).hasSize(2);
                assertThat(endpoint.records("points", 0, 10, 10).groups()).hasSize(1);
                assertThatExceptionOfType(InvalidEndpointRequestException.class)
                    .isThrownBy(() -> endpoint.run(to, from, null, null));
                assertThatExceptionOfType(InvalidEndpointRequestException.class)
                    .isThrownBy(() -> endpoint.run("yesterday", to, null, null));
            });
    }

    @Test
    void runsOnOneInstanceAtATime() {
        this.database.withPropertyValues("reliable-mq.reconcile.window=1h", "reliable-mq.reconcile.interval=1h")
            .run((context) -> {
                assertThat(context).hasSingleBean(ReconcileSchedule.class).hasSingleBean(RunLock.class);
                compare(context);
                ReconcileSchedule schedule = context.getBean(ReconcileSchedule.class);
                ReconcileRuns runs = context.getBean(ReconcileRuns.class);
                assertThat(runs.latest(10)).hasSize(1);
                schedule.runWindow();
                assertThat(runs.latest(10)).hasSize(2);
                // Within the interval another instance has nothing to do.
                schedule.runWindow();
                assertThat(runs.latest(10)).hasSize(2);
                schedule.runDay();
                assertThat(runs.latest(10)).hasSize(3);
            });
    }

    @Test
    void takesTheApplicationsOwnWayOfRunningOnce() {
        RunLock never = (name, atLeast, task) -> {
        };
        this.database.withBean("never", RunLock.class, () -> never)
            .withPropertyValues("reliable-mq.reconcile.cron=0 30 2 * * *")
            .run((context) -> {
                assertThat(context).hasSingleBean(RunLock.class);
                compare(context);
                context.getBean(ReconcileSchedule.class).runDay();
                assertThat(context.getBean(ReconcileRuns.class).latest(10)).hasSize(1);
            });
    }

    @Test
    void takesTheApplicationsOwnLocks() {
        LockProvider locks = (configuration) -> java.util.Optional.empty();
        this.database.withBean(LockProvider.class, () -> locks)
            .withPropertyValues("reliable-mq.reconcile.cron=0 30 2 * * *")
            .run((context) -> {
                assertThat(context).hasSingleBean(RunLock.class);
                compare(context);
                context.getBean(ReconcileSchedule.class).runDay();
                assertThat(context.getBean(ReconcileRuns.class).latest(10)).hasSize(1);
            });
    }

    @Test
    void saysWhatIsMissingForASchedule() {
        this.database.withPropertyValues("reliable-mq.reconcile.window=1h")
            .withClassLoader(new FilteredClassLoader(LockProvider.class))
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("one instance runs at a time"));
    }

    @Test
    void worksWithoutSpringWeb() {
        this.database.withClassLoader(new FilteredClassLoader(RestClient.class))
            .run((context) -> assertThat(context).hasNotFailed().hasSingleBean(Reconciler.class));
        this.database.withPropertyValues("reliable-mq.reconcile.groups.[g].source=http://localhost:1/x")
            .withClassLoader(new FilteredClassLoader(RestClient.class))
            .run((context) -> assertThat(context).hasFailed());
    }

    @Test
    void asksTheSourcesOfOtherServices() {
        this.database
            .withPropertyValues("reliable-mq.reconcile.groups.[near].source=dataSource",
                    "reliable-mq.reconcile.groups.[far].source=http://127.0.0.1:1/actuator/reliablemqreconcile")
            .run((context) -> {
                ReconcileReport report = compare(context);
                assertThat(report.group("near").orElseThrow().failure()).contains("does not know it");
                assertThat(report.group("far").orElseThrow().failure()).contains("cannot be read from http");
                assertThat(report.group("points").orElseThrow().failure()).isNull();
            });
    }

    @Test
    void doesNotWaitForEverForAnApplicationThatHangs() throws IOException {
        // It takes connections, and never answers.
        try (ServerSocket hanging = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            this.database
                .withPropertyValues("reliable-mq.reconcile.source-timeout=1s",
                        "reliable-mq.reconcile.groups.[far].source=http://127.0.0.1:" + hanging.getLocalPort() + "/x")
                .run((context) -> {
                    ReconcileReport report = compare(context);
                    assertThat(report.group("far").orElseThrow().failure()).contains("has not answered within PT1S");
                    assertThat(report.group("points").orElseThrow().failure()).isNull();
                });
        }
    }

    @Test
    void findsItsOwnGroupsWhereTheirRecordsAre() {
        withGroupInRedis().run((context) -> {
            GroupReport quick = compare(context).group("quick").orElseThrow();
            assertThat(quick.counts()).isEqualTo(Map.of(Verdict.UNKNOWN, 1L));
            assertThat(quick.failure()).contains("has recorded in Redis", "no records today");
        });
    }

    @Test
    void doesNotShowOtherApplicationsOldRecordsOfAGroupThatKeepsThemInRedis() {
        withGroupInRedis().run((context) -> {
            ReliableMQReconcileEndpoint endpoint = new ReliableMQReconcileEndpointAutoConfiguration()
                .reliableMQReconcileEndpoint(context.getBeanProvider(Reconciler.class),
                        context.getBeanProvider(ReconcileRuns.class), context.getBeanProvider(ConsumptionPages.class),
                        context.getBeanProvider(GuardedGroups.class));
            assertThat(endpoint.records("points", 0, 9, null).group()).isEqualTo("points");
            assertThatExceptionOfType(InvalidEndpointRequestException.class)
                .isThrownBy(() -> endpoint.records("quick", 0, 9, null))
                .withMessageContaining("keeps its records in Redis");
        });
    }

    @Test
    void doesNotKnowItsOwnGroupsWhereRedisIsAway() {
        withGroupInRedis().run((context) -> {
            given(context.getBean(RedisConnectionFactory.class).getConnection())
                .willThrow(new RedisConnectionFailureException("away"));
            ReconcileReport report = compare(context);
            assertThat(report.group("quick").orElseThrow().failure()).contains("groups in Redis", "away");
            assertThat(report.group("points").orElseThrow().failure()).isNull();
        });
    }

    @Test
    void leavesItsOwnGroupsToTheirConfiguredSource() {
        withGroupInRedis().withPropertyValues("reliable-mq.reconcile.groups.[quick].source=dataSource")
            .run((context) -> assertThat(compare(context).group("quick").orElseThrow().failure())
                .contains("does not know it"));
    }

    /** Redis has the group's registration. */
    private ApplicationContextRunner withGroupInRedis() {
        RedisConnectionFactory connections = mock();
        RedisConnection connection = mock();
        RedisScriptingCommands scripts = mock();
        given(connections.getConnection()).willReturn(connection);
        given(connection.scriptingCommands()).willReturn(scripts);
        String registration = String.join("\u0001", "default", "quick", "orders", "*", "TAG", "CLUSTERING", "false",
                "false", "0", "0", "-");
        given(scripts.<Object>evalSha(anyString(), any(), anyInt(), any(byte[][].class)))
            .willReturn(List.of(registration.getBytes(StandardCharsets.UTF_8)));
        given(connection.closePipeline()).willThrow(new RedisSystemException("no records today", null));
        return this.database.withBean(RedisConnectionFactory.class, () -> connections)
            .withBean(Quick.class)
            .withBean(IdleContainers.class);
    }

    /** Containers are made, but there is no name server to start them with. */
    static class IdleContainers implements BeanPostProcessor {

        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            if (bean instanceof DefaultRocketMQListenerContainer) {
                ReflectionTestUtils.setField(bean, "running", true);
            }
            return bean;
        }

    }

    @IdempotentConsumer(store = IdempotencyStoreType.REDIS, mode = IdempotencyMode.LEASE)
    @RocketMQMessageListener(topic = "orders", consumerGroup = "quick")
    static class Quick implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
            throw new UnsupportedOperationException();
        }

    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cron=daily                 | reliable-mq.reconcile.cron is 'daily'     | Write six fields
            window=0s                  | reliable-mq.reconcile.window is PT0S      | above zero
            interval=-1s               | reliable-mq.reconcile.interval is PT-1S   | above zero
            grace=-1s                  | reliable-mq.reconcile.grace is PT-1S      | 0s or more
            max-per-run=-1             | reliable-mq.reconcile.max-per-run is -1   | 0 or more
            rate=0                     | reliable-mq.reconcile.rate is 0.0         | above 0
            lock=zookeeper             | zookeeper                                 | ReconcileLockStore
            groups.[g].source=nowhere  | names the DataSource 'nowhere'            | or write redis
            groups.[g].source=redis    | the application has no connection to one  | spring.data.redis
            """)
    void refusesWhatCannotBeUsed(String property, String what, String instead) {
        this.database.withPropertyValues("reliable-mq.reconcile." + property)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure())).contains(what).contains(instead));
    }

}

package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.outbox.ClusterMonitor;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.producer.Delivery;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendReceipt;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.annotation.ExtRocketMQTemplateConfiguration;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Every template has the outbox, whatever brought it about. Nothing listens at these
 * addresses.
 */
class SecondClusterTests {

    private static final String DEFAULT = "127.0.0.1:1";

    private static final String SECOND = "127.0.0.1:9";

    private final ApplicationContextRunner consuming = Applications
        .bare(BootLine.DATA_SOURCE, BootLine.TRANSACTION_MANAGER, BootLine.TRANSACTIONS)
        .withPropertyValues(Applications.newDatabase(), "rocketmq.name-server=" + DEFAULT,
                "reliable-mq.producer.max-attempts=1", "reliable-mq.producer.attempt-timeout=1s");

    private final ApplicationContextRunner database = this.consuming.withPropertyValues("rocketmq.producer.group=tests")
        .withBean("defaultMQProducer", DefaultMQProducer.class, () -> idleProducer(DEFAULT));

    @ExtRocketMQTemplateConfiguration(nameServer = SECOND, group = "ext", instanceName = "second-cluster")
    static class SecondTemplate extends RocketMQTemplate {

    }

    /** Asks for its template before there is a producer. */
    static class EagerSender {

        final ReliableMQTemplate template;

        EagerSender(ReliableMQTemplate template, SecondTemplate second) {
            this.template = template.on(second);
        }

    }

    enum Kind {

        OF_THE_ANNOTATION("secondTemplate"), BEAN("plain"), NO_BEAN(SECOND), NO_BEAN_OF_THE_DEFAULT_CLUSTER("default");

        final String cluster;

        Kind(String cluster) {
            this.cluster = cluster;
        }

        RocketMQTemplate of(ApplicationContext context) {
            return switch (this) {
                case OF_THE_ANNOTATION -> context.getBean(SecondTemplate.class);
                case BEAN -> context.getBean("plain", RocketMQTemplate.class);
                case NO_BEAN -> template(SECOND);
                case NO_BEAN_OF_THE_DEFAULT_CLUSTER -> template(DEFAULT);
            };
        }

    }

    private static RocketMQTemplate template(String nameServer) {
        RocketMQTemplate template = new RocketMQTemplate();
        template.setProducer(idleProducer(nameServer));
        return template;
    }

    private static DefaultMQProducer idleProducer(String nameServer) {
        DefaultMQProducer producer = new Applications.IdleProducer();
        producer.setNamesrvAddr(nameServer);
        return producer;
    }

    private ApplicationContextRunner with(Kind kind) {
        return switch (kind) {
            case OF_THE_ANNOTATION -> this.database.withBean("secondTemplate", SecondTemplate.class);
            case BEAN -> this.database.withBean("plain", RocketMQTemplate.class, () -> template(SECOND));
            case NO_BEAN, NO_BEAN_OF_THE_DEFAULT_CLUSTER -> this.database;
        };
    }

    static Stream<Arguments> kindsAndModes() {
        List<Arguments> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (OutboxMode mode : OutboxMode.values()) {
                all.add(Arguments.of(kind, mode));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("kindsAndModes")
    void storesWhatTheModeSaysUnderTheNameOfTheCluster(Kind kind, OutboxMode mode) {
        with(kind).withPropertyValues("reliable-mq.outbox.mode=" + mode).run((context) -> {
            assertThat(context).hasNotFailed();
            ReliableMQTemplate template = context.getBean(ReliableMQTemplate.class).on(kind.of(context));
            JdbcTemplate jdbc = jdbc(context);
            if (mode == OutboxMode.OFF) {
                assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> template.send("orders", "x"));
                return;
            }

            SendReceipt outside = template.send("orders", "outside");
            transaction(context).executeWithoutResult((status) -> {
                template.send("orders", "inside");
                status.setRollbackOnly();
            });

            assertThat(outside.delivery()).isEqualTo(Delivery.OUTBOXED);
            assertThat(clusters(jdbc)).containsExactly(kind.cluster);
            if (mode != OutboxMode.FALLBACK) {
                SendReceipt inside = transaction(context).execute((status) -> template.send("orders", "inside"));
                assertThat(inside.delivery()).isEqualTo(Delivery.OUTBOXED);
                assertThat(clusters(jdbc)).containsExactly(kind.cluster, kind.cluster);
            }
        });
    }

    @Test
    void canBeAskedForBeforeThereIsAProducer() {
        with(Kind.OF_THE_ANNOTATION).withBean(EagerSender.class).run((context) -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(EagerSender.class).template.send("orders", "x").delivery())
                .isEqualTo(Delivery.OUTBOXED);
            assertThat(clusters(jdbc(context))).containsExactly("secondTemplate");
        });
    }

    @Test
    void mayBeTheOnlyTemplate() {
        this.consuming.withBean("secondTemplate", SecondTemplate.class).run((context) -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(ReliableMQTemplate.class).send("orders", "x").delivery())
                .isEqualTo(Delivery.OUTBOXED);
            assertThat(clusters(jdbc(context))).containsExactly("default");
        });
    }

    @Test
    void isRefusedIfItNeverGetsAProducer() {
        this.database.withBean("plain", RocketMQTemplate.class).run((context) -> assertThat(context).hasNotFailed());
        this.database.withBean("plain", RocketMQTemplate.class)
            .withBean(SendsWithPlain.class)
            .run((context) -> assertThat(context).getFailure()
                .rootCause()
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("has no producer"));
    }

    static class SendsWithPlain {

        SendsWithPlain(ReliableMQTemplate template, Map<String, RocketMQTemplate> templates) {
            template.on(templates.get("plain"));
        }

    }

    @ParameterizedTest
    @ValueSource(strings = { "transactional", "always", "fallback" })
    void refusesWhatCannotBeNamed(String mode) {
        this.database.withPropertyValues("reliable-mq.outbox.mode=" + mode).run((context) -> {
            RocketMQTemplate nameless = new RocketMQTemplate();
            nameless.setProducer(new Applications.IdleProducer());
            ReliableMQTemplate template = context.getBean(ReliableMQTemplate.class).on(nameless);
            assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> template.send("orders", "x"))
                .withMessageContaining("no name server")
                .withMessageContaining("Make the template a bean");
        });
    }

    @Test
    void isSentToByEveryInstanceThatHasItAndLeftAloneAndReportedByOthers() {
        String shared = "spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
        with(Kind.OF_THE_ANNOTATION).withPropertyValues(shared, "reliable-mq.outbox.mode=always")
            .run((context) -> context.getBean(ReliableMQTemplate.class)
                .on(context.getBean(SecondTemplate.class))
                .send("orders", "x"));

        this.database.withPropertyValues(shared).run((context) -> {
            JdbcTemplate jdbc = jdbc(context);
            jdbc.update("UPDATE reliable_mq_outbox SET due_at = 0, lease_until = 0, owner = NULL, attempts = 0");
            assertThat(context.getBean(ClusterMonitor.class).look()).containsExactly(Map.entry("secondTemplate", 1L));
            assertThat(attempts(jdbc)).isZero();
        });

        with(Kind.OF_THE_ANNOTATION).withPropertyValues(shared).run((context) -> {
            await().atMost(Duration.ofSeconds(30)).until(() -> attempts(jdbc(context)) > 0);
            assertThat(context.getBean(ClusterMonitor.class).look()).isEmpty();
        });
    }

    private static int attempts(JdbcTemplate jdbc) {
        return jdbc.queryForObject("SELECT attempts FROM reliable_mq_outbox", Integer.class);
    }

    private static JdbcTemplate jdbc(ApplicationContext context) {
        return new JdbcTemplate(context.getBean(DataSource.class));
    }

    private static List<String> clusters(JdbcTemplate jdbc) {
        return jdbc.queryForList("SELECT cluster FROM reliable_mq_outbox", String.class);
    }

    private static TransactionTemplate transaction(ApplicationContext context) {
        return new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
    }

}

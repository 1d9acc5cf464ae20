package io.reliablemq.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.id.jdbc.JdbcWorkerIdAllocator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.outbox.NotedSends;
import io.reliablemq.outbox.Outbox;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.jdbc.JdbcDirectSends;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.reconcile.ReconcileSchedule;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.rocketmq.MessageTraceSwitch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A value means the same to what decides which beans there are and to what reads it: in
 * YAML an {@code off}, {@code no} or {@code on} without quotes is a boolean.
 */
class YamlSpellingsTests {

    private static final List<String> OFF = List.of("off", "\"off\"", "OFF", "Off", "\"off \"", "false", "\"false\"",
            "no");

    private static final List<String> FALSE = List.of("off", "\"off\"", "OFF", "\"OFF\"", "false", "\"False\"", "no",
            "\"no\"", "\"0\"");

    private static final List<String> SOME_FALSE = List.of("off", "\"off\"", "no");

    private final ApplicationContextRunner database = Applications.withDatabase()
        .withConfiguration(AutoConfigurations.of(ReliableMQBacklogAutoConfiguration.class,
                ReliableMQReconcileAutoConfiguration.class, ReliableMQReconcileScheduleAutoConfiguration.class));

    private ApplicationContextRunner yaml(String property, String value) {
        return yaml(this.database, property, value);
    }

    private static ApplicationContextRunner yaml(ApplicationContextRunner runner, String property, String value) {
        String[] path = property.split("\\.");
        StringBuilder text = new StringBuilder("reliable-mq:\n");
        for (int i = 0; i < path.length; i++) {
            text.append("  ".repeat(i + 1)).append(path[i]).append(':').append((i < path.length - 1) ? "\n" : " ");
        }
        text.append(value).append('\n');
        return runner.withInitializer((context) -> {
            try {
                new YamlPropertySourceLoader()
                    .load("yaml", new ByteArrayResource(text.toString().getBytes(StandardCharsets.UTF_8)))
                    .forEach(context.getEnvironment().getPropertySources()::addFirst);
            }
            catch (java.io.IOException ex) {
                throw new IllegalStateException(ex);
            }
        });
    }

    static Stream<Arguments> switchedOff() {
        return Stream.of(all("outbox.mode", OFF, OutboxRelay.class), all("enabled", FALSE, ReliableMQTemplate.class),
                all("backlog.enabled", SOME_FALSE, BacklogProbe.class),
                all("reconcile.enabled", SOME_FALSE, Reconciler.class),
                all("trace.rocketmq", SOME_FALSE, MessageTraceSwitch.class),
                all("dead-letter.storage", List.of("broker", "BROKER", "\"Broker \""), DeadLetters.class),
                all("idempotency.store", List.of("redis", "REDIS", "\"redis \""), JdbcDatabase.class),
                all("id.allocator", List.of("redis", "REDIS", "\"Redis \""), JdbcWorkerIdAllocator.class),
                all("reconcile.cron", List.of("off", "\"off\"", "no", "\"no\"", "false", "\"-\"", "\"\"", "\" \""),
                        ReconcileSchedule.class))
            .flatMap((it) -> it);
    }

    private static Stream<Arguments> all(String property, List<String> values, Class<?> bean) {
        return values.stream().map((value) -> Arguments.of(property, value, bean));
    }

    @ParameterizedTest
    @MethodSource
    void switchedOff(String property, String value, Class<?> bean) {
        yaml(property, value).withPropertyValues("reliable-mq.id.worker-id=1")
            .run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(bean));
    }

    static Stream<Arguments> switchedOn() {
        return Stream
            .of(all("outbox.mode", List.of("always", "\"Always \""), Outbox.class),
                    all("enabled", List.of("on", "\"yes\"", "\"1\""), ReliableMQTemplate.class),
                    all("trace.rocketmq", List.of("on", "\"ON\"", "true"), MessageTraceSwitch.class))
            .flatMap((it) -> it);
    }

    @ParameterizedTest
    @MethodSource
    void switchedOn(String property, String value, Class<?> bean) {
        yaml(property, value).run((context) -> assertThat(context).hasNotFailed().hasSingleBean(bean));
    }

    static Stream<Arguments> refused() {
        return Stream
            .of("outbox.mode", "dead-letter.storage", "dead-letter.show-payload", "idempotency.store",
                    "idempotency.mode", "id.allocator", "reconcile.lock", "reconcile.cron", "topic.on-start",
                    "durability.on-violation", "durability.flush", "jdbc.initialize-schema", "producer.required-status",
                    "listeners.\"[g]\".on-overload", "listeners.\"[g]\".priority", "enabled")
            .flatMap((property) -> Stream.of("on", "\"it's\"", "off")
                .filter((value) -> !(property.matches("outbox.mode|reconcile.cron") && value.equals("off")))
                .filter((value) -> !(property.equals("enabled") && value.matches("on|off")))
                .map((value) -> Arguments.of(property, value)));
    }

    @ParameterizedTest
    @MethodSource
    void refused(String property, String value) {
        boolean refused = isRefused(yaml(Applications.withPropertiesOnly(), property, value))
                || isRefused(yaml(property, value));
        assertThat(refused).as("refused in words").isTrue();
    }

    private static boolean isRefused(ApplicationContextRunner application) {
        AtomicBoolean refused = new AtomicBoolean();
        application.run((context) -> {
            for (Throwable cause = context.getStartupFailure(); cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException || cause instanceof InvalidConfigurationException) {
                    refused.set(true);
                }
            }
        });
        return refused.get();
    }

    @ParameterizedTest
    @ValueSource(strings = { "off", "\"off\"", "false" })
    void notesDirectSendsWithoutAnOutboxToo(String value) {
        yaml("outbox.mode", value).withPropertyValues("reliable-mq.ledger.topics=orders").run((context) -> {
            assertThat(context).hasNotFailed().hasSingleBean(NotedSends.class).doesNotHaveBean(OutboxRelay.class);
            assertThat(context.getBean(DirectSends.class)).isInstanceOf(JdbcDirectSends.class);
        });
    }

    @Test
    void readsPlaceholdersAndEnvironmentVariablesAsTheBinderDoes() {
        yaml("outbox.mode", "\"${mode:always}\"").withPropertyValues("mode=off")
            .run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Outbox.class));
    }

}

package io.reliablemq.autoconfigure;

import java.util.stream.Stream;

import javax.sql.DataSource;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendBuffer;
import io.reliablemq.trace.TrailRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.RETURNS_DEEP_STUBS;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.withSettings;

/**
 * Of several beans none is chosen by chance, and several are not taken for none.
 */
class AmbiguousBeansTests {

    private final ApplicationContextRunner database = Applications.withDatabase()
        .withConfiguration(AutoConfigurations.of(ReliableMQBacklogAutoConfiguration.class,
                ReliableMQReconcileAutoConfiguration.class));

    static Stream<Class<?>> types() {
        return Stream.of(PayloadCodec.class, SendBuffer.class, WorkerIdAllocator.class, ObservationRegistry.class,
                TrailRecords.class, BacklogRecords.class, RestClient.Builder.class, DataSource.class);
    }

    @ParameterizedTest
    @MethodSource("types")
    void refusesTwoOf(Class<?> type) {
        ApplicationContextRunner runner = (type == RestClient.Builder.class)
                ? this.database.withPropertyValues(
                        "reliable-mq.reconcile.groups.others.source=http://127.0.0.1:1/actuator/reliablemqreconcile")
                : this.database;
        two(runner, type).run((context) -> assertThat(context).getFailure()
            .satisfies((failure) -> assertThat(inWords(failure)).hasMessageContaining("none is primary")
                .hasMessageContaining("first")
                .hasMessageContaining("second")));
    }

    private static <T> ApplicationContextRunner two(ApplicationContextRunner runner, Class<T> type) {
        return runner.withBean("first", type, () -> mock(type, withSettings().defaultAnswer(RETURNS_DEEP_STUBS)))
            .withBean("second", type, () -> mock(type, withSettings().defaultAnswer(RETURNS_DEEP_STUBS)));
    }

    private static Throwable inWords(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof InvalidConfigurationException)) {
            cause = cause.getCause();
        }
        return cause;
    }

    @ParameterizedTest
    @ValueSource(strings = { "codec", "codecs", "payloadCodec" })
    void takesThePrimaryCodecWhateverTheOthersAreCalled(String other) {
        PayloadCodec old = mock(PayloadCodec.class);
        PayloadCodec primary = mock(PayloadCodec.class);
        given(primary.encode(any())).willReturn("hidden".getBytes());
        given(primary.encoding()).willReturn("new");
        this.database.withPropertyValues("reliable-mq.outbox.mode=always", "reliable-mq.producer.max-attempts=1")
            .withBean(other, PayloadCodec.class, () -> old)
            .withBean("chosen", PayloadCodec.class, () -> primary, (definition) -> definition.setPrimary(true))
            .run((context) -> {
                assertThat(context).hasNotFailed();
                context.getBean(ReliableMQTemplate.class).send("orders", "secret");
                JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
                assertThat(jdbc.queryForObject("SELECT payload_encoding FROM reliable_mq_outbox", String.class))
                    .isEqualTo("new");
                assertThat(jdbc.queryForObject("SELECT payload FROM reliable_mq_outbox", byte[].class))
                    .isEqualTo("hidden".getBytes());
            });
    }

    @Test
    void countsInAllRegistries() {
        MeterRegistry one = new SimpleMeterRegistry();
        MeterRegistry two = new SimpleMeterRegistry();
        this.database.withBean("one", MeterRegistry.class, () -> one)
            .withBean("two", MeterRegistry.class, () -> two)
            .run((context) -> {
                assertThat(context).hasNotFailed();
                assertThat(one.find("reliable.mq.outbox.pending").gauge()).isNotNull();
                assertThat(two.find("reliable.mq.outbox.pending").gauge()).isNotNull();
            });
    }

}

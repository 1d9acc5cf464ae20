package io.reliablemq.autoconfigure;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.autoconfigure.ReliableMQReconcileAutoConfiguration.RegisteredGroups;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.deadletter.DeadLetterService;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendBuffer;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.reconcile.RelayWakeUp;
import io.reliablemq.reconcile.SentLedger;
import io.reliablemq.retry.AttemptStore;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import io.reliablemq.topic.TopicDeclaration;
import io.reliablemq.trace.TrailRecords;
import net.javacrumbs.shedlock.core.LockProvider;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.as;
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

    /** Of which all are used, or that tell themselves apart by what they are for. */
    private static final Set<Class<?>> SEVERAL = Set.of(StoreBackend.class, RegisteredGroups.class, GuardedGroups.class,
            SentLedger.class, RelayWakeUp.class, TopicDeclaration.class, MeterRegistry.class, RocketMQTemplate.class);

    /** What Spring itself hands to a bean method. */
    private static final Set<Class<?>> SPRINGS = Set.of(ListableBeanFactory.class, Environment.class,
            ApplicationEventPublisher.class);

    /** Whatever a bean method of the library takes one of, by the parameter's name. */
    static Stream<Arguments> parameters() throws IOException {
        Map<Class<?>, Set<String>> names = new TreeMap<>(Comparator.comparing(Class::getName));
        for (Class<?> configuration : LifecycleBeansTests.types()) {
            for (Method method : ReflectionUtils.getDeclaredMethods(configuration)) {
                if (method.isAnnotationPresent(Bean.class)) {
                    for (Parameter parameter : method.getParameters()) {
                        ResolvableType type = ResolvableType.forType(parameter.getParameterizedType());
                        Class<?> bean = (parameter.getType() == ObjectProvider.class) ? type.resolveGeneric(0)
                                : parameter.getType();
                        if (bean != Map.class && !SEVERAL.contains(bean) && !SPRINGS.contains(bean)) {
                            names.computeIfAbsent(bean, (it) -> new TreeSet<>()).add(parameter.getName());
                        }
                    }
                }
            }
        }
        assertThat(names).hasSizeGreaterThan(30)
            .containsKeys(OutboxStore.class, LockProvider.class, DeadLetterService.class);
        return names.entrySet()
            .stream()
            .flatMap((entry) -> entry.getValue().stream().map((name) -> Arguments.of(entry.getKey(), name)));
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void refusesTwoWhateverTheyAreCalled(Class<?> type, String name) {
        define(define(this.everything, name, type), "second", type).run((context) -> assertThat(context).getFailure()
            .satisfies((failure) -> assertThat(inWords(failure)).isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("none is primary")
                .hasMessageContaining(name)
                .hasMessageContaining("second")));
    }

    private static <T> ApplicationContextRunner define(ApplicationContextRunner runner, String name, Class<T> type) {
        return runner.withBean(name, type, () -> mock(type, withSettings().defaultAnswer(RETURNS_DEEP_STUBS)));
    }

    /** All that the library can bring about. */
    private final ApplicationContextRunner everything = this.database
        .withConfiguration(AutoConfigurations.of(ReliableMQReconcileScheduleAutoConfiguration.class,
                ReliableMQReconcileEndpointAutoConfiguration.class, ReliableMQBacklogEndpointAutoConfiguration.class))
        .withBean("redis", RedisConnectionFactory.class, () -> mock(RedisConnectionFactory.class))
        .withPropertyValues("reliable-mq.reconcile.window=1h", "reliable-mq.ledger.topics=orders",
                "reliable-mq.outbox.mode=always", "management.endpoints.web.exposure.include=*");

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

    @Test
    void takesThePrimaryOneWhateverTheOthersAreCalled() {
        SendRetryPolicy primary = mock(SendRetryPolicy.class);
        this.database.withBean("retryPolicy", SendRetryPolicy.class, () -> mock(SendRetryPolicy.class))
            .withBean("chosen", SendRetryPolicy.class, () -> primary, (definition) -> definition.setPrimary(true))
            .run((context) -> assertThat(context).hasNotFailed()
                .getBean(ReliableMQTemplate.class)
                .extracting("pipeline.direct.attempts.policy")
                .isSameAs(primary));
    }

    @Test
    void takesTheOneThatIsNoFallback() {
        this.database.withBean("retryPolicy", SendRetryPolicy.class, () -> mock(SendRetryPolicy.class))
            .withBean("spare", SendRetryPolicy.class, () -> mock(SendRetryPolicy.class),
                    (definition) -> definition.setFallback(true))
            .withBean("hidden", SendRetryPolicy.class, () -> mock(SendRetryPolicy.class),
                    (definition) -> definition.setAutowireCandidate(false))
            .run((context) -> assertThat(context).hasNotFailed());
    }

    @Test
    void takesTheOnlyOneThatAFactoryMakes() {
        this.database.withBean("made", PolicyFactory.class).run((context) -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBeanNamesForType(SendRetryPolicy.class)).containsExactly("made");
        });
        define(this.database.withBean("made", PolicyFactory.class), "retryPolicy", SendRetryPolicy.class)
            .run((context) -> assertThat(context).getFailure()
                .satisfies((failure) -> assertThat(inWords(failure)).hasMessageContaining("none is primary")
                    .hasMessageContaining("made")));
    }

    static class PolicyFactory implements FactoryBean<SendRetryPolicy> {

        @Override
        public SendRetryPolicy getObject() {
            return mock(SendRetryPolicy.class);
        }

        @Override
        public Class<?> getObjectType() {
            return SendRetryPolicy.class;
        }

    }

    private static StoreBackend backend(IdempotencyStoreType type) {
        IdempotencyStore store = mock(IdempotencyStore.class);
        return new StoreBackend(type, store, mock(AttemptStore.class),
                new LeaseKeeper(store, new SimpleMeterRegistry(), false), null, () -> {
                });
    }

    @Test
    void refusesTwoPlacesOfOneKindForTheStateOfListeners() {
        this.database.withBean("mine", StoreBackend.class, () -> backend(IdempotencyStoreType.JDBC))
            .run((context) -> assertThat(context).getFailure()
                .satisfies((failure) -> assertThat(inWords(failure)).isInstanceOf(InvalidConfigurationException.class)
                    .hasMessageContaining("none is primary")
                    .hasMessageContaining("mine")
                    .hasMessageContaining("reliableMQJdbcBackend")));
        this.database.withBean("mine", StoreBackend.class, () -> backend(IdempotencyStoreType.REDIS))
            .run((context) -> assertThat(context).hasNotFailed());
    }

    @Test
    void takesThePrimaryPlaceForTheStateOfListeners() {
        this.database
            .withBean("mine", StoreBackend.class, () -> backend(IdempotencyStoreType.JDBC),
                    (definition) -> definition.setPrimary(true))
            .run((context) -> assertThat(context).hasNotFailed()
                .getBean(GuardFactory.class)
                .extracting("backends", as(InstanceOfAssertFactories.LIST))
                .containsExactly(context.getBean("mine")));
    }

    @ParameterizedTest
    @ValueSource(classes = { IdempotencyStore.class, AttemptStore.class })
    void refusesAStoreThatNoListenerWouldUse(Class<?> type) {
        define(this.database, "mine", type).run((context) -> assertThat(context).getFailure()
            .satisfies((failure) -> assertThat(inWords(failure)).isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("'mine'")
                .hasMessageContaining("StoreBackend")));
    }

    @Test
    void usesAStoreOfTheApplicationThatAPlaceIsMadeOf() {
        StoreBackend own = backend(IdempotencyStoreType.JDBC);
        this.database.withBean("records", IdempotencyStore.class, own::store)
            .withBean("mine", StoreBackend.class, () -> own, (definition) -> definition.setPrimary(true))
            .run((context) -> assertThat(context).hasNotFailed());
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

package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.degradation.Degradation;
import io.reliablemq.degradation.DegradationChange;
import io.reliablemq.degradation.DegradationLevel;
import io.reliablemq.degradation.DegradationMonitor;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.rocketmq.delivery.ListenerThrottling;
import io.reliablemq.rocketmq.listener.ListenerInstaller;
import org.apache.rocketmq.spring.annotation.ConsumeMode;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ReliableMQDegradationAutoConfiguration} and its endpoint's.
 */
class ReliableMQDegradationAutoConfigurationTests {

    private final ApplicationContextRunner database = Applications.withDatabase();

    private final ApplicationContextRunner withoutStore = Applications.withRocketMQ()
        .withPropertyValues("reliable-mq.id.worker-id=1");

    private final ApplicationContextRunner exposed = this.database
        .withPropertyValues("management.endpoints.web.exposure.include=reliablemqdegradation");

    @Test
    void isThereAndWatchesNothingWithoutPriorities() {
        this.database.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(Degradation.class)
                .hasSingleBean(ListenerThrottling.class)
                .hasSingleBean(SendLimits.class)
                .hasSingleBean(ListenerInstaller.class)
                .doesNotHaveBean(ReliableMQDegradationEndpoint.class);
            assertThat(context.getBean(DegradationMonitor.class).isRunning()).isFalse();
            assertThat(context.getBean(SendLimits.class).of("orders")).isNull();
        });
    }

    @Test
    void watchesWhenAsked() {
        this.database.withPropertyValues("reliable-mq.degradation.enabled=true")
            .run((context) -> assertThat(context.getBean(DegradationMonitor.class).isRunning()).isTrue());
    }

    @Test
    void isOffWhenTheLibraryIs() {
        this.exposed.withPropertyValues("reliable-mq.enabled=false")
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(Degradation.class)
                .doesNotHaveBean(ReliableMQDegradationEndpoint.class));
    }

    @Test
    void usesTheUsersBeans() {
        Degradation own = new Degradation((group) -> List.of(), new SimpleMeterRegistry(), (change) -> {
        }, Clock.systemUTC());
        SendLimits limits = SendLimits.none();
        this.database.withBean("own", Degradation.class, () -> own)
            .withBean("limits", SendLimits.class, () -> limits)
            .run((context) -> {
                assertThat(context.getBean(Degradation.class)).isSameAs(own);
                assertThat(context.getBean(SendLimits.class)).isSameAs(limits);
            });
    }

    @Test
    void publishesEachChange() {
        ChangeListener listener = mock(ChangeListener.class);
        this.database.withBean(ChangeListener.class, () -> listener).run((context) -> {
            context.getBean(Degradation.class).force(DegradationLevel.SECOND, "me");

            then(listener).should()
                .onApplicationEvent(argThat((event) -> event.getPayload().to() == DegradationLevel.SECOND));
        });
    }

    @Test
    void limitsSends() {
        this.database
            .withPropertyValues("reliable-mq.producer.rate-limits.[my_topic]=2.5",
                    "reliable-mq.producer.priority-topics.[orders].high=orders-high")
            .run((context) -> assertThat(context.getBean(SendLimits.class).of("my_topic").perSecond()).isEqualTo(2.5));
    }

    @ParameterizedTest
    @CsvSource({ "degradation.recover-below=1h, reliable-mq.degradation.recover-below is PT1H",
            "degradation.cpu=95, reliable-mq.degradation.cpu is 95.0",
            "degradation.slow-rate=0, reliable-mq.degradation.slow-rate is 0.0",
            "degradation.defer-delay=0s, reliable-mq.degradation.defer-delay is PT0S",
            "producer.rate-limits.[t]=0, 'reliable-mq.producer.rate-limits.\"[t]\" is 0.0'" })
    void refusesWhatCannotBeUsed(String property, String message) {
        this.database.withPropertyValues("reliable-mq." + property)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure())).contains(message));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource
    void refusesWhatAListenerCannotDo(Class<?> listener, String properties, boolean store, String message) {
        (store ? this.database : this.withoutStore).withBean(listener)
            .withPropertyValues(properties.split(" "))
            .run((context) -> assertThat(Messages.of(context.getStartupFailure())).contains(message)
                .contains("\"[shaped]\""));
    }

    static Stream<Arguments> refusesWhatAListenerCannotDo() {
        String prefix = "reliable-mq.listeners.shaped.";
        return Stream.of(
                arguments(Ordered.class, prefix + "priority=low " + prefix + "on-overload=deferred", true,
                        "consumes in order"),
                arguments(Ordered.class, prefix + "on-overload=dropped", true, "consumes in order"),
                arguments(Guarded.class, prefix + "priority=critical " + prefix + "on-overload=paused", true,
                        "it never gives way"),
                arguments(Unguarded.class, prefix + "on-overload=dropped", true, "the listener is not guarded"),
                arguments(Unguarded.class, prefix + "on-overload=dropped", false, "the listener is not guarded"),
                arguments(Guarded.class, prefix + "rate-limit=0", true, "rate-limit is 0.0"),
                arguments(Guarded.class, prefix + "concurrency-limit=0", true, "concurrency-limit is 0"));
    }

    @Test
    void hasAnEndpointWhereItIsExposed() {
        this.exposed.run((context) -> {
            ReliableMQDegradationEndpoint endpoint = context.getBean(ReliableMQDegradationEndpoint.class);
            assertThat(endpoint.force(DegradationLevel.FIRST, "me").level()).isEqualTo(DegradationLevel.FIRST);
            assertThat(endpoint.state().forced()).isEqualTo(DegradationLevel.FIRST);
            assertThat(endpoint.release(null).level()).isEqualTo(DegradationLevel.OFF);
            assertThat(endpoint.state().changes()).hasSize(2);
        });
        this.exposed.withPropertyValues("management.endpoint.reliablemqdegradation.access=NONE")
            .run((context) -> assertThat(context).doesNotHaveBean(ReliableMQDegradationEndpoint.class));
        this.exposed.withClassLoader(new FilteredClassLoader(Endpoint.class))
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(Degradation.class)
                .doesNotHaveBean("reliableMQDegradationEndpoint"));
        assertThat(ReliableMQDegradationEndpoint.class.getAnnotation(Endpoint.class).defaultAccess())
            .isEqualTo(Access.READ_ONLY);
    }

    interface ChangeListener extends ApplicationListener<PayloadApplicationEvent<DegradationChange>> {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "shaped", topic = "orders", consumeMode = ConsumeMode.ORDERLY)
    static class Ordered implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "shaped", topic = "orders")
    static class Guarded implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @RocketMQMessageListener(consumerGroup = "shaped", topic = "orders")
    static class Unguarded implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

}

package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import io.reliablemq.concurrency.AdaptiveConcurrency;
import io.reliablemq.concurrency.AdaptiveOptions;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.ListenerLoad;
import io.reliablemq.concurrency.ListenerTuning;
import io.reliablemq.concurrency.TunableListener;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameter;
import org.springframework.boot.actuate.endpoint.invoke.reflect.OperationMethod;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * Tests for {@link ReliableMQAdaptiveAutoConfiguration} and its endpoint.
 */
class ReliableMQAdaptiveAutoConfigurationTests {

    private final ApplicationContextRunner runner = Applications.withDatabase();

    private final ApplicationContextRunner exposed = this.runner
        .withPropertyValues("management.endpoints.web.exposure.include=reliablemqlisteners");

    private final TunableListener listener = mock(TunableListener.class);

    ReliableMQAdaptiveAutoConfigurationTests() {
        given(this.listener.group()).willReturn("points");
        given(this.listener.topic()).willReturn("orders");
        given(this.listener.tuning()).willReturn(new ListenerTuning(20, 1000, 100, 32, Duration.ZERO, 2000));
        given(this.listener.maxThreads()).willReturn(64);
        given(this.listener.pausedBy()).willReturn(Set.of("degradation"));
        given(this.listener.load()).willReturn(new ListenerLoad(4, 1, 8_000_000, 2));
    }

    @Test
    void hasControlAndNothingToAdapt() {
        this.exposed.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(ListenerControl.class)
                .hasSingleBean(ReliableMQListenersEndpoint.class);
            assertThat(context.getBean(AdaptiveConcurrency.class).isRunning()).isFalse();
            assertThat(context.getBean(ReliableMQListenersEndpoint.class).listeners().listeners()).isEmpty();
        });
    }

    @Test
    void hasNoEndpointThatIsNotExposedOrForbidden() {
        this.runner.withPropertyValues("management.endpoints.web.exposure.exclude=*")
            .run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ReliableMQListenersEndpoint.class));
        this.exposed.withPropertyValues("management.endpoint.reliablemqlisteners.access=NONE")
            .run((context) -> assertThat(context).doesNotHaveBean(ReliableMQListenersEndpoint.class));
    }

    @Test
    void startsWithoutActuator() {
        this.exposed.withClassLoader(new FilteredClassLoader(Endpoint.class))
            .run((context) -> assertThat(context).hasNotFailed().hasSingleBean(AdaptiveConcurrency.class));
    }

    @Test
    void definesNothingWhenDisabled() {
        this.exposed.withPropertyValues("reliable-mq.enabled=false")
            .run((context) -> assertThat(context.getBeanDefinitionNames())
                .noneMatch((name) -> name.toLowerCase(Locale.ROOT).contains("adaptive")
                        || name.toLowerCase(Locale.ROOT).contains("reliablemqlistener")));
    }

    @Test
    void usesTheUsersBeans() {
        ListenerControl control = new ListenerControl(List::of);
        AdaptiveConcurrency own = new AdaptiveConcurrency(control, (it) -> Optional.empty(), AdaptiveOptions.defaults(),
                () -> -1, Clock.systemUTC());
        this.exposed.withBean(ListenerControl.class, () -> control)
            .withBean(AdaptiveConcurrency.class, () -> own)
            .run((context) -> {
                assertThat(context).hasNotFailed().getBean(ListenerControl.class).isSameAs(control);
                assertThat(context).getBean(AdaptiveConcurrency.class).isSameAs(own);
            });
    }

    @Test
    void showsAndTurnsTheKnobs() {
        this.exposed.withBean(ListenerControl.class, () -> new ListenerControl(() -> List.of(this.listener)))
            .run((context) -> {
                ReliableMQListenersEndpoint endpoint = context.getBean(ReliableMQListenersEndpoint.class);
                assertThat(endpoint.listeners().listeners()).singleElement().satisfies((view) -> {
                    assertThat(view.group()).isEqualTo("points");
                    assertThat(view.tuning().threads()).isEqualTo(20);
                    assertThat(view.maxThreads()).isEqualTo(64);
                    assertThat(view.pausedBy()).containsExactly("degradation");
                    assertThat(view.load().meanMillis()).isEqualTo(2);
                    assertThat(view.decisions()).isEmpty();
                });

                endpoint.change("points", 30, null, null, null, Duration.ofMillis(5), null, true);
                verify(this.listener).tune(new ListenerTuning(30, null, null, null, Duration.ofMillis(5), null));
                verify(this.listener).pause("operator");
                endpoint.change("points", null, null, null, null, null, null, false);
                verify(this.listener).resume("operator");
            });
    }

    @Test
    void saysWhatIsWrongWithAChange() {
        ReliableMQListenersEndpoint endpoint = new ReliableMQListenersEndpoint(
                new ListenerControl(() -> List.of(this.listener)), null);

        assertThatExceptionOfType(InvalidEndpointRequestException.class)
            .isThrownBy(() -> endpoint.change("points", 0, null, null, null, null, null, null))
            .satisfies((ex) -> assertThat(ex.getReason()).contains("from 1 to 1000"));
        assertThatExceptionOfType(InvalidEndpointRequestException.class)
            .isThrownBy(() -> endpoint.change("other", 1, null, null, null, null, null, null))
            .satisfies((ex) -> assertThat(ex.getReason()).contains("points"));
        assertThatExceptionOfType(InvalidEndpointRequestException.class)
            .isThrownBy(() -> endpoint.change("points", null, null, null, null, null, null, null))
            .satisfies((ex) -> assertThat(ex.getReason()).contains("threads"));
    }

    /** On both lines of Spring Boot, which know different annotations. */
    @Test
    void needsOnlyTheGroup() {
        assertThat(Arrays.stream(ReliableMQListenersEndpoint.class.getDeclaredMethods())
            .filter((method) -> List.of("listener", "change").contains(method.getName()))
            .flatMap((method) -> new OperationMethod(method, OperationType.WRITE).getParameters().stream())
            .filter(OperationParameter::isMandatory)
            .map(OperationParameter::getName)).containsOnly("group");
    }

}

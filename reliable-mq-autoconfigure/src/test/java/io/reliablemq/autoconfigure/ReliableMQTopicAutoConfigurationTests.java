package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.topic.TopicsStartup;
import io.reliablemq.topic.BrokerQueues;
import io.reliablemq.topic.ResizeOutcome;
import io.reliablemq.topic.ResizeReport;
import io.reliablemq.topic.ResizeRequest;
import io.reliablemq.topic.TopicDeclaration;
import io.reliablemq.topic.TopicReport;
import io.reliablemq.topic.Topics;
import io.reliablemq.topic.TopicsOnStart;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;

/**
 * Tests for {@link ReliableMQTopicAutoConfiguration}.
 */
class ReliableMQTopicAutoConfigurationTests {

    private static final TopicDeclaration ORDERS = TopicDeclaration.of("orders");

    private final ApplicationContextRunner runner = Applications.withDatabase();

    private final ApplicationContextRunner exposed = this.runner
        .withPropertyValues("management.endpoints.web.exposure.include=reliablemqtopics");

    private final Topics topics = mock(Topics.class);

    @Test
    void declaresNothingByDefault() {
        this.exposed.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(Topics.class)
                .hasSingleBean(TopicsStartup.class)
                .hasSingleBean(ReliableMQTopicsEndpoint.class);
            assertThat(context.getBean(Topics.class).declared()).isEmpty();
            ReliableMQProperties properties = context.getBean(ReliableMQProperties.class);
            assertThat(properties.topic().onStart()).isEqualTo(TopicsOnStart.CHECK);
            assertThat(properties.topic().failFast()).isFalse();
        });
    }

    @Test
    void readsDeclarationsFromPropertiesAndBeans() {
        this.runner
            .withPropertyValues("reliable-mq.topics.[order_created].queues=12",
                    "reliable-mq.topics.[order_created].order=true", "reliable-mq.topics.mails.cluster=second",
                    "reliable-mq.topic.on-start=none")
            .withBean(TopicDeclaration.class, () -> ORDERS.withQueues(3))
            .run((context) -> assertThat(context.getBean(Topics.class).declared()).containsExactly(
                    TopicDeclaration.of("mails").withCluster("second"),
                    new TopicDeclaration("order_created", 12, true, null),
                    new TopicDeclaration("orders", 3, false, null)));
    }

    @Test
    void refusesATopicDeclaredTwice() {
        this.runner.withPropertyValues("reliable-mq.topics.orders.queues=12")
            .withBean(TopicDeclaration.class, () -> ORDERS)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("'orders' is declared twice"));
    }

    @Test
    void startsAlthoughNobodyCanBeAsked() {
        this.runner.withPropertyValues("reliable-mq.topics.orders.queues=12", "reliable-mq.topic.on-start=create")
            .run((context) -> assertThat(context).hasNotFailed());
    }

    @Test
    void doesNotStartWhereThatIsAskedFor() {
        this.runner.withPropertyValues("reliable-mq.topics.orders.queues=12", "reliable-mq.topic.fail-fast=true")
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("nobody can be asked about topic 'orders'")
                .contains("reliable-mq.topic.fail-fast=false"));
    }

    @Test
    void comparesInTheBackgroundAndChangesNothing() {
        given(this.topics.declared()).willReturn(List.of(ORDERS));
        this.runner.withBean(Topics.class, () -> this.topics).run((context) -> {
            assertThat(context).hasNotFailed();
            verify(this.topics, timeout(10_000)).differences(ORDERS);
            verify(this.topics, never()).create(any());
        });
    }

    @Test
    void createsBeforeListenersStart() {
        given(this.topics.declared()).willReturn(List.of(ORDERS));
        this.runner.withBean(Topics.class, () -> this.topics)
            .withPropertyValues("reliable-mq.topic.on-start=create")
            .run((context) -> verify(this.topics).create(ORDERS));
    }

    @Test
    void doesNothingWhereThatIsAskedFor() {
        given(this.topics.declared()).willReturn(List.of(ORDERS));
        this.runner.withBean(Topics.class, () -> this.topics)
            .withPropertyValues("reliable-mq.topic.on-start=none")
            .run((context) -> {
                verify(this.topics, never()).create(any());
                verify(this.topics, never()).differences(any());
            });
    }

    @Test
    void endsTheStartWithTheDifferences() {
        given(this.topics.declared()).willReturn(List.of(ORDERS));
        given(this.topics.differences(ORDERS)).willReturn(List.of("It has 4 queues."));
        this.runner.withBean(Topics.class, () -> this.topics)
            .withPropertyValues("reliable-mq.topic.fail-fast=true")
            .run((context) -> assertThat(Messages.of(context.getStartupFailure())).contains("It has 4 queues."));
    }

    @Test
    void showsTopicsAndWhatCannotBeRead() {
        given(this.topics.declared()).willReturn(List.of(ORDERS));
        given(this.topics.known()).willReturn(Set.of("orders"));
        given(this.topics.describe("orders")).willReturn(new TopicReport("orders", List.of(new BrokerQueues("a", 4, 4)),
                List.of("points"), List.of("Unusual.")));
        given(this.topics.differences(ORDERS)).willReturn(List.of("Different."));
        given(this.topics.describe("mails")).willThrow(new ReliableMQException("No answer."));
        this.exposed.withBean(Topics.class, () -> this.topics).run((context) -> {
            ReliableMQTopicsEndpoint endpoint = context.getBean(ReliableMQTopicsEndpoint.class);
            assertThat(endpoint.state().topics()).singleElement().satisfies((topic) -> {
                assertThat(topic.readQueues()).isEqualTo(4);
                assertThat(topic.groups()).containsExactly("points");
                assertThat(topic.notes()).containsExactly("Unusual.", "Different.");
                assertThat(topic.declared()).isEqualTo(new ReliableMQTopicsEndpoint.Declared(8, false, null));
            });
            assertThat(endpoint.topic("mails").notes()).containsExactly("No answer.");
        });
    }

    @Test
    void passesAChangeOn() {
        ResizeReport report = new ResizeReport("orders", 12, ResizeOutcome.DONE, List.of(), List.of(), List.of(),
                List.of());
        given(this.topics.resize(any())).willReturn(report);
        this.exposed.withBean(Topics.class, () -> this.topics).run((context) -> {
            ReliableMQTopicsEndpoint endpoint = context.getBean(ReliableMQTopicsEndpoint.class);
            ArgumentCaptor<ResizeRequest> request = ArgumentCaptor.forClass(ResizeRequest.class);

            assertThat(endpoint.resize("orders", 12, null, null, null, null)).isSameAs(report);
            endpoint.resize("orders", 2, true, Duration.ofSeconds(3), Duration.ofSeconds(4), Set.of("gone"));

            verify(this.topics, org.mockito.Mockito.times(2)).resize(request.capture());
            assertThat(request.getAllValues()).containsExactly(ResizeRequest.of("orders", 12),
                    new ResizeRequest("orders", 2, true, Duration.ofSeconds(3), Duration.ofSeconds(4), Set.of("gone")));
            assertThatExceptionOfType(InvalidEndpointRequestException.class)
                .isThrownBy(() -> endpoint.resize("orders", 0, null, null, null, null));
        });
    }

    @Test
    void isReadOnlyUnlessRaised() {
        assertThat(ReliableMQTopicsEndpoint.class.getAnnotation(Endpoint.class).defaultAccess())
            .isEqualTo(org.springframework.boot.actuate.endpoint.Access.READ_ONLY);
    }

    @Test
    void hasNoEndpointThatIsNotExposed() {
        this.runner.withPropertyValues("management.endpoints.web.exposure.exclude=*")
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(Topics.class)
                .doesNotHaveBean(ReliableMQTopicsEndpoint.class));
    }

    @Test
    void startsWithoutActuator() {
        this.exposed.withClassLoader(new FilteredClassLoader(Endpoint.class))
            .run((context) -> assertThat(context).hasNotFailed().hasSingleBean(Topics.class));
    }

    @Test
    void definesNothingWhenDisabled() {
        this.exposed.withPropertyValues("reliable-mq.enabled=false")
            .run((context) -> assertThat(context.getBeanDefinitionNames())
                .noneMatch((name) -> name.toLowerCase(Locale.ROOT).contains("topic")));
    }

    @Test
    void endsItsThreadWithTheApplication() {
        given(this.topics.declared()).willReturn(List.of(ORDERS));
        given(this.topics.differences(ORDERS)).willThrow(new ReliableMQException("No answer."));
        this.runner.withBean(Topics.class, () -> this.topics)
            .run((context) -> verify(this.topics, timeout(10_000)).differences(ORDERS));
        await().until(() -> Thread.getAllStackTraces()
            .keySet()
            .stream()
            .noneMatch((thread) -> thread.getName().equals("reliable-mq-topics")));
    }

}

package io.reliablemq.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.Lifecycle;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What checks, registers, relays and consumes is there at the start, also where nothing
 * is created before it is asked for.
 */
class LazyInitializationTests {

    private final ApplicationContextRunner application = Applications.withDatabase()
        .withPropertyValues("reliable-mq.id.worker-id=1")
        .withConfiguration(AutoConfigurations.of(ReliableMQBacklogAutoConfiguration.class,
                ReliableMQReconcileAutoConfiguration.class, ReliableMQReconcileScheduleAutoConfiguration.class));

    enum Laziness {

        /** {@code spring.main.lazy-initialization}. */
        OF_ALL {
            @Override
            ApplicationContextRunner of(ApplicationContextRunner runner, Class<?>... listeners) {
                return with(runner, false, listeners).withInitializer((context) -> context
                    .addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()));
            }
        },

        /** {@code @Lazy} on the listeners. */
        OF_THE_LISTENERS {
            @Override
            ApplicationContextRunner of(ApplicationContextRunner runner, Class<?>... listeners) {
                return with(runner, true, listeners);
            }
        };

        abstract ApplicationContextRunner of(ApplicationContextRunner runner, Class<?>... listeners);

        private static ApplicationContextRunner with(ApplicationContextRunner runner, boolean lazy,
                Class<?>... listeners) {
            ApplicationContextRunner with = runner;
            for (Class<?> listener : listeners) {
                with = with.withInitializer((context) -> ((GenericApplicationContext) context).registerBean(listener,
                        (definition) -> mark(definition, lazy)));
            }
            return with;
        }

        private static void mark(BeanDefinition definition, boolean lazy) {
            if (lazy) {
                definition.setLazyInit(true);
            }
        }

    }

    @ParameterizedTest
    @EnumSource
    void refusesAGroupOnTwoTopics(Laziness laziness) {
        laziness.of(this.application, First.class, Second.class)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("share the consumer group 'lazy' but subscribe to different things"));
    }

    @ParameterizedTest
    @EnumSource
    void refusesAKeyThatMatchesNoListener(Laziness laziness) {
        laziness.of(this.application.withPropertyValues("reliable-mq.listeners.[nobody].threads=2"), First.class)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure())).contains("nobody"));
    }

    @ParameterizedTest
    @EnumSource
    void knowsEveryListenerBeforeTheFirstContainerIsStarted(Laziness laziness) {
        laziness
            .of(this.application.withPropertyValues("reliable-mq.listeners.[lazy].threads=2")
                .withInitializer((context) -> ((GenericApplicationContext) context).registerBean(BeforeContainers.class,
                        (definition) -> definition.setLazyInit(false))),
                    First.class, Plain.class)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("containers of [lazy, plain]"));
    }

    @Test
    void startsAllThatRunsByItself() {
        List<String> running = new ArrayList<>();
        this.application.run((context) -> running.addAll(running(context.getSourceApplicationContext())));
        Laziness.OF_ALL.of(this.application)
            .run((context) -> assertThat(running(context.getSourceApplicationContext())).isNotEmpty()
                .isEqualTo(running));
    }

    private static List<String> running(ApplicationContext context) {
        ConfigurableApplicationContext configurable = (ConfigurableApplicationContext) context;
        List<String> ours = ours(configurable);
        assertThat(ours).isNotEmpty()
            .allSatisfy((name) -> assertThat(configurable.getBeanFactory().containsSingleton(name)).as(name).isTrue());
        return ours.stream()
            .filter((name) -> context.getBean(name) instanceof Lifecycle lifecycle && lifecycle.isRunning())
            .toList();
    }

    private static List<String> ours(ConfigurableApplicationContext context) {
        return Stream.of(context.getBeanDefinitionNames())
            .filter((name) -> name.startsWith("reliableMQ"))
            .filter((name) -> {
                BeanDefinition definition = context.getBeanFactory().getBeanDefinition(name);
                return definition.isSingleton() && !name.equals("reliableMQIdempotencyGuard");
            })
            .toList();
    }

    /** Ends the start: there is no name server. */
    static class BeforeContainers implements SmartLifecycle {

        private final ListenerControl control;

        BeforeContainers(ListenerControl control) {
            this.control = control;
        }

        @Override
        public void start() {
            throw new IllegalStateException("containers of "
                    + new TreeSet<>(this.control.listeners().stream().map(TunableListener::group).toList()));
        }

        @Override
        public void stop() {
        }

        @Override
        public boolean isRunning() {
            return false;
        }

        @Override
        public int getPhase() {
            return Integer.MIN_VALUE;
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "one", consumerGroup = "lazy")
    static class First implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "two", consumerGroup = "lazy")
    static class Second implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @RocketMQMessageListener(topic = "one", consumerGroup = "plain")
    static class Plain implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

}

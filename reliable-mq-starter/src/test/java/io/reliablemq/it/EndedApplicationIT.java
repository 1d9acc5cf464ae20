package io.reliablemq.it;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.core.Ordered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A listener is at work while its application ends, in every way in which a context can:
 * it finishes, and neither an attempt nor a copy is spent.
 */
@Timeout(300)
class EndedApplicationIT {

    private static CountDownLatch begun = new CountDownLatch(0);

    @ParameterizedTest
    @EnumSource
    void letsWhatRunsFinish(End end) {
        begun = new CountDownLatch(1);
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.sender().send(scenario.topic(), "m");
            Set<Thread> before = threads();
            Step slow = (key, effect) -> {
                begun.countDown();
                effect.run();
                workForAWhile();
            };
            if (end.failing != null) {
                assertThatThrownBy(() -> new RunningApplication(scenario.propertiesOf("one"), slow,
                        EffectListener.class, end.failing))
                    .hasStackTraceContaining("the start fails");
            }
            else {
                RunningApplication application = scenario.start("one", EffectListener.class, slow);
                awaitBegun();
                end.end(application);
            }

            assertThat(scenario.effects().total()).as("effects").isOne();
            assertThat(scenario.database()
                .threadSafeJdbc()
                .queryForList("SELECT failures FROM reliable_mq_attempt", Integer.class)).as("attempts").isEmpty();
            assertThat(scenario.broker().messageCount(scenario.retryTopic())).as("copies").isZero();
            if (end != End.STOPPED) {
                Scenario.waitFor("no thread of the library is left", () -> before.containsAll(threads()));
            }
        }
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces()
            .keySet()
            .stream()
            .filter((thread) -> thread.getName().startsWith("reliable-mq"))
            .collect(Collectors.toSet());
    }

    private static void awaitBegun() {
        try {
            assertThat(begun.await(100, TimeUnit.SECONDS)).as("delivered").isTrue();
        }
        catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
    }

    /** Fails when it is interrupted, as most work does. */
    private static void workForAWhile() {
        try {
            boolean unused = new CountDownLatch(1).await(3, TimeUnit.SECONDS);
        }
        catch (InterruptedException ex) {
            throw new IllegalStateException("interrupted", ex);
        }
    }

    private static void failOnceDelivered() {
        awaitBegun();
        throw new IllegalStateException("the start fails");
    }

    enum End {

        CLOSED(null) {
            @Override
            void end(RunningApplication application) {
                application.close();
            }
        },

        STOPPED(null) {
            @Override
            void end(RunningApplication application) {
                application.stop();
            }
        },

        FAILED_BEAN(FailingLifecycle.class), FAILED_LISTENER(FailingEventListener.class),
        FAILED_RUNNER(FailingRunner.class);

        private final Class<?> failing;

        End(Class<?> failing) {
            this.failing = failing;
        }

        void end(RunningApplication application) {
            throw new IllegalStateException("fails by itself");
        }

    }

    static class FailingLifecycle implements SmartLifecycle {

        @Override
        public void start() {
            failOnceDelivered();
        }

        @Override
        public void stop() {
        }

        @Override
        public boolean isRunning() {
            return false;
        }

    }

    static class FailingEventListener implements ApplicationListener<ContextRefreshedEvent>, Ordered {

        @Override
        public void onApplicationEvent(ContextRefreshedEvent event) {
            failOnceDelivered();
        }

        @Override
        public int getOrder() {
            return Ordered.LOWEST_PRECEDENCE;
        }

    }

    static class FailingRunner implements ApplicationRunner {

        @Override
        public void run(ApplicationArguments arguments) {
            failOnceDelivered();
        }

    }

}

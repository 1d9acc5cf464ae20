package io.reliablemq.it;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.retry.jdbc.JdbcAttemptStore;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.MessageId;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners that fail: counted in the store, retried, parked.
 */
@Timeout(300)
class FailingListenerIT {

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB", "LEASE_ON_REDIS" })
    void isRetriedUntilItWorks(Guarding guarding) {
        AtomicInteger calls = new AtomicInteger();
        try (Scenario scenario = new Scenario(guarding)) {
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                if (calls.incrementAndGet() < 3) {
                    throw new IllegalStateException("not yet");
                }
                effect.run();
            });
            scenario.sender().send(scenario.topic(), "m");

            Scenario.waitFor("effect", () -> scenario.effects().total() == 1);
            scenario.waitUntilDrained();
            assertThat(scenario.effects().attemptsOf("m")).containsExactly(3);
            assertThat(application.deliveries("failed")).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB", "LEASE_ON_REDIS" })
    void isParkedAfterItsLastAttempt(Guarding guarding) {
        try (Scenario scenario = new Scenario(guarding)) {
            parkAtTheBroker(scenario).withListener("retry.max-attempts", "3").withListener("retry.backoff", "1s");
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                effect.run();
                throw new IllegalStateException("never");
            });
            long id = scenario.sender().send(scenario.topic(), "m").id();

            MessageExt letter = onlyLetter(scenario);
            assertThat(letter.getUserProperty("RELIABLE_ID")).isEqualTo(Long.toString(id));
            String space = letter.getUserProperty("RELIABLE_SPACE");
            assertThat(letter.getUserProperty("RELIABLE_FAILURES")).isEqualTo("3");
            assertThat(letter.getUserProperty("RELIABLE_EXCEPTION")).isEqualTo(IllegalStateException.class.getName());
            Scenario.waitFor("counted", () -> application.deliveries("parked") == 1);
            assertThat(application.deliveries("failed")).isEqualTo(2);
            assertThat(scenario.effects().total()).isEqualTo(guarding.isTransactional() ? 0 : 3);
            if (guarding.isTransactional()) {
                assertThat(application.bean(JdbcAttemptStore.class)
                    .find(RecordKey.ofMessageId(scenario.group(), new MessageId(id, space)))).isEmpty();
            }
        }
    }

    @Test
    void isParkedAtOnceWhenTryingAgainIsOfNoUse() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            parkAtTheBroker(scenario).withListener("retry.not-retryable", IllegalArgumentException.class.getName());
            scenario.start("one", EffectListener.class, (key, effect) -> {
                throw new IllegalStateException("wrapped", new IllegalArgumentException("never valid"));
            });
            scenario.sender().send(scenario.topic(), "m");

            assertThat(onlyLetter(scenario).getUserProperty("RELIABLE_FAILURES")).isEqualTo("1");
        }
    }

    @Test
    void isNotEvenCalledForAPayloadThatCannotBeConverted() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            parkAtTheBroker(scenario);
            RunningApplication application = scenario.start("one", OrderListener.class);
            scenario.sender().send(scenario.topic(), "no order");

            assertThat(onlyLetter(scenario).getUserProperty("RELIABLE_EXCEPTION")).contains("UnreadableMessage");
            Scenario.waitFor("counted", () -> application.deliveries("parked") == 1);
            assertThat(application.deliveries("failed", "processed")).isZero();
        }
    }

    @Test
    void failsWhenItHidesThatItsTransactionIsToRollBack() {
        AtomicInteger calls = new AtomicInteger();
        AtomicReference<RunningApplication> application = new AtomicReference<>();
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            application.set(scenario.start("one", EffectListener.class, (key, effect) -> {
                effect.run();
                if (calls.incrementAndGet() == 1) {
                    failInside(application.get());
                }
            }));
            scenario.sender().send(scenario.topic(), "m");

            Scenario.waitFor("effect", () -> scenario.effects().total() == 1);
            scenario.waitUntilDrained();
            assertThat(calls).hasValue(2);
            assertThat(application.get().deliveries("failed")).isOne();
            assertThat(scenario.effects().total()).isOne();
        }
    }

    private static void failInside(RunningApplication application) {
        try {
            new TransactionTemplate(application.bean(PlatformTransactionManager.class))
                .executeWithoutResult((status) -> {
                    throw new IllegalStateException("inner");
                });
        }
        catch (IllegalStateException ex) {
            assertThat(ex).hasMessage("inner");
        }
    }

    private static Scenario parkAtTheBroker(Scenario scenario) {
        return scenario.with("reliable-mq.dead-letter.storage", "broker");
    }

    private static MessageExt onlyLetter(Scenario scenario) {
        Scenario.waitFor("parked", () -> scenario.broker().messageCount(scenario.deadLetterTopic()) == 1);
        scenario.waitUntilDrained();
        return scenario.broker().messages(scenario.deadLetterTopic()).get(0);
    }

    record Order(String number) {
    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}")
    static class OrderListener implements RocketMQListener<Order>, RocketMQPushConsumerLifecycleListener {

        private final Work work;

        OrderListener(Work work) {
            this.work = work;
        }

        @Override
        public void onMessage(Order order) {
            this.work.process(order.number());
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            FasterConsumer.configure(consumer);
        }

    }

}

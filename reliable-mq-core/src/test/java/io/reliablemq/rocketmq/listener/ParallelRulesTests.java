package io.reliablemq.rocketmq.listener;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.listener.IdempotencyDefaults;
import io.reliablemq.listener.ListenerConcurrency;
import io.reliablemq.listener.ListenerLimits;
import io.reliablemq.listener.ListenerOverrides;
import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.delivery.SingleDeliveryTests;
import org.apache.rocketmq.spring.annotation.ConsumeMode;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ParallelRulesTests {

    @Test
    void guardsAnAsynchronousListenerByLease() {
        assertThat(check(new Guarded(), null, false, null).mode()).isEqualTo(IdempotencyMode.LEASE);
    }

    @Test
    void refusesTransactionsThatCannotFollow() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new Guarded(), null, false, IdempotencyMode.TRANSACTIONAL))
            .withMessageContaining("a transaction is bound to the thread")
            .withMessageContaining("idempotency.mode=lease");
    }

    @Test
    void refusesOrder() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new Ordered(), null, false, null))
            .withMessageContaining("in order");
    }

    @Test
    void refusesVirtualThreadsForWhatBlocksNone() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new Guarded(), null, true, null))
            .withMessageContaining("blocks no thread");
    }

    @Test
    void refusesAPropertyThatWouldHaveNoEffect() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new SingleDeliveryTests.TextListener(), 10, false, null))
            .withMessageContaining("async-in-flight");
    }

    @Test
    void leavesTheModeOfABlockingListenerOnVirtualThreads() {
        assertThat(check(new SingleDeliveryTests.TextListener(), 10, true, IdempotencyMode.TRANSACTIONAL).mode())
            .isEqualTo(IdempotencyMode.TRANSACTIONAL);
    }

    private static ListenerSettings check(Object listener, Integer inFlight, boolean virtual, IdempotencyMode mode) {
        ListenerDescription description = Containers.describe(listener);
        ListenerConcurrency none = ListenerConcurrency.none();
        ListenerOverrides overrides = new ListenerOverrides(null, null, mode, null, null, null, false, null, null, null,
                null, null, new ListenerConcurrency(null, none.pulling(), none.adaptive(), inFlight, virtual),
                ListenerLimits.none());
        return new ParallelRules(description, ListenerSettings.of("g", description.ordered(), description.annotation(),
                overrides, IdempotencyDefaults.defaults(), List.of(Duration.ofSeconds(10)), Function.identity()))
            .check();
    }

    private abstract static class Asynchronous implements AsyncListener<String> {

        @Override
        public CompletionStage<Void> onMessageAsync(String message) {
            throw new UnsupportedOperationException();
        }

        public void onMessage(String message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class Guarded extends Asynchronous implements RocketMQListener<String> {

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders", consumeMode = ConsumeMode.ORDERLY)
    static class Ordered extends Asynchronous implements RocketMQListener<String> {

    }

}

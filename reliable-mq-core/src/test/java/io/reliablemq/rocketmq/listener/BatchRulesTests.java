package io.reliablemq.rocketmq.listener;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.listener.BatchListener;
import io.reliablemq.listener.BatchResult;
import io.reliablemq.listener.IdempotencyDefaults;
import io.reliablemq.listener.ListenerConcurrency;
import io.reliablemq.listener.ListenerLimits;
import io.reliablemq.listener.ListenerOverrides;
import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.LogLines;
import org.apache.rocketmq.spring.annotation.ConsumeMode;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BatchRulesTests {

    private final LogLines log = LogLines.of(BatchRules.class);

    @AfterEach
    void stopListening() {
        this.log.close();
    }

    @Test
    void givesAListenerThatTakesSeveralSeveral() {
        assertThat(check(new Several(), 1, false).batch()).isEqualTo(32);
        assertThat(check(new Several(), 100, false).batch()).isEqualTo(100);
    }

    @Test
    void leavesOthersTheirs() {
        assertThat(check(new One(), 1, false).batch()).isOne();
        assertThat(check(new One(), 8, false).batch()).isEqualTo(8);
        assertThat(check(new InOrder(), 8, false).batch()).isEqualTo(8);
    }

    @Test
    void refusesAMethodThatIsNeverCalled() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new SeveralAsynchronously(), 1, false))
            .withMessageContaining("is a BatchListener and an AsyncListener")
            .withMessageContaining("one of the two interfaces");
    }

    @Test
    void refusesThreadsOfTheirOwn() {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> check(new One(), 8, true))
            .withMessageContaining("has a batch of 8")
            .withMessageContaining("virtual-threads");
    }

    @Test
    void refusesAResultOutOfOrder() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new SeveralInOrder(), 1, false))
            .withMessageContaining("consumes in order");
    }

    @Test
    void refusesWhatHasNothingToClaim() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new Unguarded(), 8, false))
            .withMessageContaining("is not guarded")
            .withMessageContaining("@IdempotentConsumer");
    }

    @Test
    void refusesSavepointsWhereThereAreNoOtherMessages() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new One(), 1, false, true))
            .withMessageContaining("has savepoints, but no batch")
            .withMessageContaining("Set reliable-mq.listeners.\"[g]\".batch to 2 or more");
        assertThat(check(new One(), 2, false, true).savepoints()).isTrue();
    }

    @Test
    void refusesSavepointsWhereMessagesAreNotApart() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new Several(), 32, false, true))
            .withMessageContaining("has savepoints, but is a BatchListener")
            .withMessageContaining("Remove reliable-mq.listeners.\"[g]\".savepoints");
    }

    @Test
    void warnsOfABatchWhoseTransactionsMayTakeLongerThanHalfTheConsumeTimeout() {
        warnIfTooLong(new One(), 32, Duration.ofSeconds(30));
        assertThat(this.log.lines()).singleElement(InstanceOfAssertFactories.STRING)
            .startsWith(
                    "WARN Consumer group 'g' has a batch of 32, and its transaction manager lets each transaction take PT30S")
            .contains("that is PT16M, more than half of the consume timeout of PT15M")
            .contains("Set reliable-mq.listeners.\"[g]\".batch to 15 or less, lower"
                    + " spring.transaction.default-timeout, or raise consumeTimeout.");
    }

    @Test
    void suggestsNoBatchWhereNoneFits() {
        warnIfTooLong(new One(), 2, Duration.ofMinutes(5));
        assertThat(this.log.lines()).singleElement(InstanceOfAssertFactories.STRING)
            .contains("Leave out batch, lower spring.transaction.default-timeout");
    }

    @Test
    void warnsOfNothingElse() {
        warnIfTooLong(new One(), 15, Duration.ofSeconds(30));
        warnIfTooLong(new InOrder(), 32, Duration.ofSeconds(30));
        ListenerDescription patient = Containers.describe(new One());
        patient.container().getConsumer().setConsumeTimeout(32);
        new BatchRules(patient, settings(patient, 32, false, false)).warnIfTooLong(Duration.ofSeconds(30));
        assertThat(this.log.lines()).isEmpty();
    }

    private static void warnIfTooLong(Object listener, int batch, Duration each) {
        ListenerDescription description = Containers.describe(listener);
        new BatchRules(description, settings(description, batch, false, false)).warnIfTooLong(each);
    }

    private static ListenerSettings check(Object listener, int batch, boolean virtual) {
        return check(listener, batch, virtual, false);
    }

    private static ListenerSettings check(Object listener, int batch, boolean virtual, boolean savepoints) {
        ListenerDescription description = Containers.describe(listener);
        return new BatchRules(description, settings(description, batch, virtual, savepoints)).check();
    }

    private static ListenerSettings settings(ListenerDescription description, int batch, boolean virtual,
            boolean savepoints) {
        ListenerConcurrency none = ListenerConcurrency.none();
        ListenerOverrides overrides = new ListenerOverrides(null, null, null, null, null, batch, savepoints, null, null,
                null, null, null, new ListenerConcurrency(null, none.pulling(), none.adaptive(), null, virtual),
                ListenerLimits.none());
        return ListenerSettings.of("g", description.ordered(), description.annotation(), overrides,
                IdempotencyDefaults.defaults(), List.of(Duration.ofSeconds(10)), Function.identity());
    }

    private static class Silent {

        public void onMessage(String message) {
            throw new UnsupportedOperationException();
        }

        public BatchResult onMessages(List<String> messages) {
            throw new UnsupportedOperationException();
        }

        public CompletionStage<Void> onMessageAsync(String message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class One extends Silent implements RocketMQListener<String> {

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class Unguarded extends Silent implements RocketMQListener<String> {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "orders", consumeMode = ConsumeMode.ORDERLY)
    static class InOrder extends Silent implements RocketMQListener<String> {

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class Several extends Silent implements RocketMQListener<String>, BatchListener<String> {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "orders", consumeMode = ConsumeMode.ORDERLY)
    static class SeveralInOrder extends Silent implements RocketMQListener<String>, BatchListener<String> {

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class SeveralAsynchronously extends Silent
            implements RocketMQListener<String>, BatchListener<String>, AsyncListener<String> {

    }

}

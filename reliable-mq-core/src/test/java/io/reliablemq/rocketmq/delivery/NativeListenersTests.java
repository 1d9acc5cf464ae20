package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.MutableClock;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.retry.RetryPolicy;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.FakeBroker;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.deadletter.DeadLetterPublisher;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class NativeListenersTests {

    private static final MessageQueue QUEUE = new MessageQueue("orders", "broker", 0);

    private final MutableClock clock = new MutableClock();

    private final DeliveryGate gate = new DeliveryGate();

    private final FakeBroker broker = new FakeBroker();

    private final Deque<Boolean> fails = new ArrayDeque<>();

    private final List<String> order = new ArrayList<>();

    private boolean interrupts;

    private int runs;

    @Test
    void acknowledgesASuccess() {
        ConsumeConcurrentlyContext context = new ConsumeConcurrentlyContext(QUEUE);

        assertThat(concurrent(Duration.ofSeconds(10)).consumeMessage(List.of(Messages.withId(1)), context))
            .isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
    }

    @Test
    void asksForTheDelayLevelOfTheBackoff() {
        this.fails.add(true);
        ConsumeConcurrentlyContext context = new ConsumeConcurrentlyContext(QUEUE);

        assertThat(concurrent(Duration.ofSeconds(31)).consumeMessage(List.of(Messages.withId(1)), context))
            .isEqualTo(ConsumeConcurrentlyStatus.RECONSUME_LATER);
        assertThat(context.getDelayLevelWhenNextConsume()).isEqualTo(5);
    }

    @Test
    void holdsADeliveryBackAtTheClosedGateUntilItIsReleased() throws Exception {
        this.gate.close();
        ConsumeConcurrentlyContext context = new ConsumeConcurrentlyContext(QUEUE);
        ConcurrentMessageListener delivery = concurrent(Duration.ofSeconds(10));
        CompletableFuture<ConsumeConcurrentlyStatus> status = CompletableFuture
            .supplyAsync(() -> delivery.consumeMessage(List.of(Messages.withId(1)), context));

        assertThat(status).isNotDone();
        this.gate.release();

        assertThat(status.get(30, TimeUnit.SECONDS)).isEqualTo(ConsumeConcurrentlyStatus.RECONSUME_LATER);
        assertThat(this.runs).isZero();
    }

    @Test
    void leavesTheGateWhateverHappens() throws Exception {
        this.fails.add(true);
        concurrent(Duration.ofSeconds(1)).consumeMessage(List.of(Messages.withId(1)),
                new ConsumeConcurrentlyContext(QUEUE));
        ordered(0, Duration.ofSeconds(1)).consumeMessage(List.of(Messages.withId(1)), new ConsumeOrderlyContext(QUEUE));

        assertThat(this.gate.awaitIdle(Duration.ZERO)).isZero();
    }

    @Test
    void givesRocketMQNoInterruptedThreadBack() {
        this.interrupts = true;
        this.fails.addAll(List.of(true, true));

        assertThat(concurrent(Duration.ofSeconds(1)).consumeMessage(List.of(Messages.withId(1)),
                new ConsumeConcurrentlyContext(QUEUE)))
            .isEqualTo(ConsumeConcurrentlyStatus.RECONSUME_LATER);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(suspension(ordered(0, Duration.ofSeconds(5)), Messages.withId(1))).isEqualTo(5_000);
        assertThat(Thread.interrupted()).isFalse();
    }

    /** RocketMQ hands a suspended batch over as a whole. */
    @Test
    void doesNotProcessTheBeginningOfASuspendedBatchAgain() {
        List<MessageExt> batch = batch(3);
        OrderedMessageListener delivery = inBatches(Duration.ofSeconds(70));
        this.fails.addAll(List.of(false, true));

        assertThat(suspension(delivery, batch)).isEqualTo(30_000);
        this.clock.advance(Duration.ofSeconds(30));
        assertThat(suspension(delivery, batch)).isEqualTo(30_000);
        this.clock.advance(Duration.ofSeconds(30));
        assertThat(suspension(delivery, batch)).isEqualTo(10_000);
        this.clock.advance(Duration.ofSeconds(10));
        assertThat(suspension(delivery, batch)).as("consumed").isNull();

        assertThat(this.order).as("the first one once").containsExactly("1", "2", "3");
    }

    @Test
    void processesABatchAgainThatAnotherInstanceHasHadInBetween() {
        OrderedMessageListener delivery = inBatches(Duration.ofSeconds(5));
        this.fails.addAll(List.of(false, true));
        assertThat(suspension(delivery, batch(3))).isEqualTo(5_000);

        assertThat(suspension(delivery, batch(3))).as("pulled again, and its wait still holds").isEqualTo(5_000);

        assertThat(this.order).containsExactly("1", "1");
    }

    @Test
    void waitsALongBackoffInStepsAndRunsTheListenerOnlyWhenDue() {
        this.fails.add(true);
        OrderedMessageListener delivery = ordered(0, Duration.ofSeconds(70));
        MessageExt message = Messages.withId(1);

        assertThat(suspension(delivery, message)).isEqualTo(30_000);
        this.clock.advance(Duration.ofSeconds(30));
        assertThat(suspension(delivery, message)).isEqualTo(30_000);
        this.clock.advance(Duration.ofSeconds(30));
        assertThat(suspension(delivery, message)).isEqualTo(10_000);
        assertThat(this.runs).isOne();

        this.clock.advance(Duration.ofSeconds(10));
        assertThat(suspension(delivery, message)).as("consumed").isNull();
        assertThat(this.runs).isEqualTo(2);
    }

    @Test
    void goesOnWithTheNextMessageOfTheQueue() {
        this.fails.add(true);
        OrderedMessageListener delivery = ordered(0, Duration.ofSeconds(5));
        MessageExt next = Messages.withId(2);
        next.setQueueOffset(1);

        assertThat(suspension(delivery, Messages.withId(1))).isEqualTo(5_000);
        assertThat(suspension(delivery, next)).isNull();
    }

    /** Without a store of attempts, RocketMQ's own counter counts. */
    @Test
    void doesNotTakeTheStepsOfAWaitForFailures() {
        this.fails.addAll(List.of(true, true, true));
        OrderedMessageListener delivery = ordered(3, Duration.ofSeconds(90));
        MessageExt message = Messages.withId(1);

        for (int failure = 1; failure <= 2; failure++) {
            for (int step = 1; step <= 3; step++) {
                assertThat(suspension(delivery, message)).isEqualTo(30_000);
                this.clock.advance(Duration.ofSeconds(30));
            }
            assertThat(this.broker.stored).isEmpty();
        }
        assertThat(suspension(delivery, message)).as("parked").isNull();
        assertThat(this.runs).isEqualTo(3);
        assertThat(this.broker.topics()).containsExactly("%DLQ%g");
    }

    @Test
    void suspendsAQueueAtTheClosedGate() {
        this.gate.close();

        assertThat(suspension(ordered(0, Duration.ofSeconds(1)), Messages.withId(1))).isEqualTo(30_000);
        assertThat(this.runs).isZero();
    }

    private Long suspension(OrderedMessageListener delivery, MessageExt message) {
        return suspension(delivery, List.of(message));
    }

    /** Null when consumed; a suspended message is counted as the client does. */
    private Long suspension(OrderedMessageListener delivery, List<MessageExt> messages) {
        ConsumeOrderlyContext context = new ConsumeOrderlyContext(QUEUE);
        if (delivery.consumeMessage(messages, context) == ConsumeOrderlyStatus.SUCCESS) {
            return null;
        }
        messages.forEach((message) -> message.setReconsumeTimes(message.getReconsumeTimes() + 1));
        return context.getSuspendCurrentQueueTimeMillis();
    }

    private static List<MessageExt> batch(int count) {
        List<MessageExt> messages = new ArrayList<>();
        for (int number = 1; number <= count; number++) {
            MessageExt message = Messages.message(String.valueOf(number));
            message.setQueueOffset(number);
            messages.add(message);
        }
        return messages;
    }

    private ConcurrentMessageListener concurrent(Duration backoff) {
        SingleDelivery delivery = delivery(0, backoff);
        return new ConcurrentMessageListener((messages) -> messages.stream().map(delivery::deliver).toList(),
                DelayLevels.parse(DelayLevels.DEFAULT), this.gate, (message, level, queue) -> {
                    throw new IllegalStateException("one message is answered for, not sent back");
                });
    }

    private OrderedMessageListener ordered(int maxAttempts, Duration backoff) {
        return new OrderedMessageListener(delivery(maxAttempts, backoff), null, this.gate, Throttle.none(this.clock),
                this.clock);
    }

    private OrderedMessageListener inBatches(Duration backoff) {
        SingleDelivery delivery = delivery(0, backoff);
        return new OrderedMessageListener(delivery, new BatchDelivery(delivery.steps(), delivery.guard(),
                delivery.listener(), delivery::deliver, Duration.ofMinutes(7)), this.gate, Throttle.none(this.clock),
                this.clock);
    }

    private SingleDelivery delivery(int maxAttempts, Duration backoff) {
        FailureHandling failures = new FailureHandling(new RetryPolicy(maxAttempts, List.of(backoff), List.of()), null,
                new DeadLetterPublisher("g", this.broker.publisher("g")), this.gate::isClosed);
        DeliverySteps steps = new DeliverySteps("g",
                new PayloadReader(Containers.describe(new SingleDeliveryTests.TextListener())),
                new KeyReader("g", null), Admission.OPEN, failures,
                new ConsumeMeters(new SimpleMeterRegistry(), "g", "orders"),
                new ConsumeObservations(ObservationRegistry.NOOP, "g"), new DeliveryLoad(), this.clock);
        return new SingleDelivery(steps, new Unguarded(), this::onMessage);
    }

    private boolean onMessage(Object payload) {
        this.runs++;
        if (this.interrupts) {
            Thread.currentThread().interrupt();
        }
        if (!this.fails.isEmpty() && this.fails.remove()) {
            throw new IllegalStateException();
        }
        return this.order.add((String) payload);
    }

    private static final class Unguarded implements IdempotencyGuard {

        @Override
        public <T> GuardResult<T> execute(RecordKey key, int attempt, Callable<T> action) throws Exception {
            return new GuardResult.Processed<>(action.call());
        }

    }

}

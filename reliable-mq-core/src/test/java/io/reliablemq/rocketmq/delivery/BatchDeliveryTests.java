package io.reliablemq.rocketmq.delivery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.idempotency.IdempotencyContext;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.InMemoryIdempotencyStore;
import io.reliablemq.idempotency.InMemoryIdempotencyStore.Operation;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.idempotency.MutableClock;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.listener.BatchListener;
import io.reliablemq.listener.BatchResult;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.retry.InMemoryAttemptStore;
import io.reliablemq.retry.RetryPolicy;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.FakeBroker;
import io.reliablemq.rocketmq.LogLines;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.deadletter.DeadLetterPublisher;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BatchDeliveryTests {

    private final MutableClock clock = new MutableClock();

    private final InMemoryIdempotencyStore store = new InMemoryIdempotencyStore(this.clock);

    private final InMemoryAttemptStore attempts = new InMemoryAttemptStore(this.clock);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final LeaseKeeper keeper = new LeaseKeeper(this.store, this.meters);

    private final LeaseGuard guard = new LeaseGuard(this.store, this.keeper, Duration.ofMinutes(1), Duration.ofDays(7),
            this.clock);

    private final DeliveryLoad load = new DeliveryLoad();

    private final FakeBroker broker = new FakeBroker();

    private final List<Integer> lists = new ArrayList<>();

    private final List<String> processed = new ArrayList<>();

    private final List<String> failing = new ArrayList<>();

    private Admission admission = Admission.OPEN;

    private Duration longest = Duration.ofMinutes(7);

    @AfterEach
    void close() {
        this.keeper.close();
    }

    @Test
    void processesEachMessageWithItsOwnContext() {
        assertThat(deliver(Messages.withId(1), Messages.withId(2), Messages.withId(3)))
            .extracting(DeliveryResult::outcome)
            .containsOnly(Outcome.PROCESSED);
        assertThat(this.processed).containsExactly("1", "2", "3");
        assertThat(this.store.isDone(RecordKey.ofMessageId("g", 2))).isTrue();
        assertThat(this.load.load().completed()).isEqualTo(3);
        assertThat(this.load.load().running()).isZero();
        assertThat(this.meters.get("reliable.mq.consume").tag("outcome", "processed").timer().count()).isEqualTo(3);
        assertThat(MDC.get("reliableMqId")).isNull();
    }

    @Test
    void letsAMessageThatFailsCostOnlyItself() {
        this.failing.add("2");
        List<DeliveryResult> verdicts = deliver(Messages.withId(1), Messages.withId(2), Messages.withId(3));
        assertThat(verdicts).extracting(DeliveryResult::outcome)
            .containsExactly(Outcome.PROCESSED, Outcome.FAILED, Outcome.PROCESSED);
        assertThat(verdicts.get(1).again()).isEqualTo(Duration.ofSeconds(10));
        assertThat(this.attempts.find(RecordKey.ofMessageId("g", 2)))
            .hasValueSatisfying((attempt) -> assertThat(attempt.failures()).isOne());
        this.failing.clear();
        assertThat(deliver(Messages.redelivered(Messages.withId(2), 1), Messages.withId(1)))
            .extracting(DeliveryResult::outcome)
            .containsExactly(Outcome.PROCESSED, Outcome.DUPLICATE);
        assertThat(this.attempts.find(RecordKey.ofMessageId("g", 2))).isEmpty();
    }

    @Test
    void processesAnIdThatComesTwiceOnce() {
        assertThat(deliver(Messages.withId(1), Messages.withId(1), Messages.withId(2)))
            .extracting(DeliveryResult::outcome)
            .containsExactly(Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.PROCESSED);
        assertThat(this.processed).containsExactly("1", "2");
    }

    @Test
    void leavesOutWhatIsForAnotherGroupOrGivesWay() {
        MessageExt other = Messages.withId(1);
        MessageAccessor.putProperty(other, ReliableHeaders.TARGET_GROUP, "other");
        this.admission = (message, key) -> key.identity().endsWith("2") ? DeliveryResult.acknowledge(Outcome.DEFERRED)
                : null;
        assertThat(deliver(other, Messages.withId(2), Messages.withId(3), Messages.withId(5)))
            .extracting(DeliveryResult::outcome)
            .containsExactly(Outcome.OTHER_GROUP, Outcome.DEFERRED, Outcome.PROCESSED, Outcome.PROCESSED);
        assertThat(this.processed).containsExactly("3", "5");
    }

    @Test
    void processesNothingWhileTheStoreCannotAnswer() {
        this.store.fail(Operation.CLAIM);
        assertThat(deliver(Messages.withId(1), Messages.withId(2))).allSatisfy((verdict) -> {
            assertThat(verdict.outcome()).isEqualTo(Outcome.FAILED);
            assertThat(verdict.again()).isNotNull();
        });
        assertThat(this.processed).isEmpty();
        assertThat(this.attempts.find(RecordKey.ofMessageId("g", 1))).as("nobody's failure").isEmpty();
    }

    @Test
    void stopsInOrderAtTheFirstThatFails() {
        this.failing.add("2");
        BatchDelivery delivery = delivery(null);
        assertThat(delivery.deliverInOrder(List.of(Messages.withId(1), Messages.withId(2), Messages.withId(3))))
            .extracting(DeliveryResult::outcome)
            .containsExactly(Outcome.PROCESSED, Outcome.FAILED);
        assertThat(this.processed).containsExactly("1");
        this.failing.clear();
        assertThat(delivery.deliverInOrder(List.of(Messages.withId(3), Messages.redelivered(Messages.withId(2), 1))))
            .as("a redelivered one goes alone")
            .extracting(DeliveryResult::outcome)
            .containsExactly(Outcome.PROCESSED);
        assertThat(this.processed).containsExactly("1", "3");
    }

    @Test
    void handsSeveralMessagesOverAtOneGo() {
        assertThat(deliverTogether((messages) -> BatchResult.ok(), 1, 1, 2, 3)).containsExactly(Outcome.PROCESSED,
                Outcome.DUPLICATE, Outcome.PROCESSED, Outcome.PROCESSED);
        assertThat(this.lists).containsExactly(3);
    }

    @Test
    void handsOverBothThatHaveOneIdentityWhereNobodyGuards() {
        MessageExt again = Messages.withId(1);
        again.setBody("other".getBytes(StandardCharsets.UTF_8));
        List<Object> taken = new ArrayList<>();
        BatchDelivery delivery = delivery(new BatchCalls((payloads) -> {
            taken.addAll(payloads);
            return BatchResult.ok();
        }), new NoGuard());

        delivery.deliver(List.of(Messages.withId(1), again));

        assertThat(taken).containsExactly("text", "other");
    }

    @Test
    void believesWhatTheListenerSaysOfEach() {
        assertThat(deliverTogether((messages) -> BatchResult.ok()
            .retry(0, new IllegalStateException("later"))
            .park(2, new IllegalStateException("never")), 1, 2, 3))
            .containsExactly(Outcome.FAILED, Outcome.PROCESSED, Outcome.PARKED);
        assertThat(this.lists).containsExactly(3);
        assertThat(this.broker.topics()).containsExactly("%DLQ%g");
        assertThat(this.store.isDone(RecordKey.ofMessageId("g", 1))).isFalse();
        assertThat(this.store.isDone(RecordKey.ofMessageId("g", 2))).isTrue();
    }

    /** The cause of an exception that has none, for example. */
    @Test
    @SuppressWarnings("NullAway")
    void parksWhatTheListenerGivesUpWithoutACause() {
        BatchCalls calls = new BatchCalls((messages) -> BatchResult.ok().park(0, null));

        assertThatExceptionOfType(ParkedByListenerException.class).isThrownBy(() -> calls.process("text"))
            .withCauseInstanceOf(IllegalStateException.class);
        assertThat(deliverTogether((messages) -> BatchResult.ok().park(0, null), 1)).containsExactly(Outcome.PARKED);
    }

    @Test
    void processesEachAloneWhereTheListenerThrows() {
        assertThat(deliverTogether((messages) -> {
            if (messages.size() > 1 || this.lists.size() == 3) {
                throw new IllegalStateException("poison");
            }
            return BatchResult.ok();
        }, 1, 2, 3)).containsExactly(Outcome.PROCESSED, Outcome.FAILED, Outcome.PROCESSED);
        assertThat(this.lists).containsExactly(3, 1, 1, 1);
    }

    @Test
    void takesAnAnswerThatMakesNoSenseForAFailure() {
        assertThat(deliverTogether((messages) -> BatchResult.ok().retry(messages.size(), new IllegalStateException()),
                1, 2))
            .containsOnly(Outcome.FAILED);
        assertThat(deliverTogether((messages) -> null, 5, 6)).containsOnly(Outcome.FAILED);
    }

    @Test
    void countsWhatABatchListenersOwnGuardThrowsAndTriesTheOthers() {
        RuntimeException raised = new IdempotencyStoreException("The listener's own store",
                new IllegalStateException());
        assertThat(deliverTogether((messages) -> BatchResult.ok().retry(0, raised), 1, 2))
            .containsExactly(Outcome.FAILED, Outcome.PROCESSED);
        assertThat(this.attempts.find(RecordKey.ofMessageId("g", 1))).hasValueSatisfying((attempt) -> {
            assertThat(attempt.failures()).isOne();
            assertThat(attempt.exception()).isEqualTo(raised.getClass().getName());
        });
        assertThat(deliverTogether((messages) -> {
            throw raised;
        }, 3, 5)).containsOnly(Outcome.FAILED);
        assertThat(this.attempts.find(RecordKey.ofMessageId("g", 5))).isPresent();
    }

    @Test
    void warnsOfABatchThatTookLong() {
        try (LogLines log = LogLines.of(BatchDelivery.class)) {
            deliver(Messages.withId(1), Messages.withId(2));
            assertThat(log.lines()).filteredOn((line) -> line.startsWith("WARN")).isEmpty();

            this.longest = Duration.ZERO;
            deliver(Messages.withId(3), Messages.withId(5), Messages.withId(6));
            assertThat(log.lines()).filteredOn((line) -> line.startsWith("WARN"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith("WARN A batch of 3 messages of g took PT")
                .contains("half of the consume timeout")
                .contains("Lower reliable-mq.listeners.\"[g]\".batch, or raise consumeTimeout.");
        }
    }

    private List<Outcome> deliverTogether(BatchListener<Object> listener, long... ids) {
        BatchDelivery delivery = delivery(new BatchCalls((messages) -> {
            this.lists.add(messages.size());
            return listener.onMessages(messages);
        }));
        return delivery.deliver(LongStream.of(ids).mapToObj(Messages::withId).toList())
            .stream()
            .map(DeliveryResult::outcome)
            .toList();
    }

    private List<DeliveryResult> deliver(MessageExt... messages) {
        return delivery(null).deliver(List.of(messages));
    }

    private BatchDelivery delivery(BatchCalls calls) {
        return delivery(calls, this.guard);
    }

    private BatchDelivery delivery(BatchCalls calls, IdempotencyGuard guard) {
        FailureHandling failures = new FailureHandling(new RetryPolicy(3, List.of(Duration.ofSeconds(10)), List.of()),
                this.attempts, new DeadLetterPublisher("g", this.broker.publisher("g")), () -> false);
        DeliverySteps steps = new DeliverySteps("g",
                new PayloadReader(Containers.describe(new SingleDeliveryTests.TextListener())),
                new KeyReader("g", null), this.admission, failures, new ConsumeMeters(this.meters, "g", "orders"),
                new ConsumeObservations(ObservationRegistry.NOOP, "g"), this.load, this.clock);
        Processing<Boolean> listener = (calls != null) ? calls : (payload) -> process();
        return new BatchDelivery(steps, guard, listener, new SingleDelivery(steps, guard, listener)::deliver,
                this.longest);
    }

    private boolean process() {
        String id = String.valueOf(Long.parseLong(IdempotencyContext.current().identity(), 16));
        assertThat(MDC.get("reliableMqId")).isEqualTo(id);
        if (this.failing.contains(id)) {
            throw new IllegalStateException("poison");
        }
        return this.processed.add(id);
    }

}

package io.reliablemq.rocketmq.delivery;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.Observed;
import io.reliablemq.idempotency.IdempotencyContext;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.InMemoryIdempotencyStore;
import io.reliablemq.idempotency.InMemoryIdempotencyStore.Operation;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.idempotency.MutableClock;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.retry.AttemptStore;
import io.reliablemq.retry.InMemoryAttemptStore;
import io.reliablemq.retry.RetryPolicy;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.FakeBroker;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.deadletter.DeadLetterPublisher;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.transaction.TransactionSystemException;

import static org.assertj.core.api.Assertions.assertThat;

public class SingleDeliveryTests {

    private static final List<Duration> BACKOFF = List.of(Duration.ofSeconds(10), Duration.ofSeconds(30));

    private static final RecordKey KEY = RecordKey.ofMessageId("g", 42);

    private final MutableClock clock = new MutableClock();

    private final InMemoryIdempotencyStore store = new InMemoryIdempotencyStore(this.clock);

    private final InMemoryAttemptStore attempts = new InMemoryAttemptStore(this.clock);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final LeaseKeeper keeper = new LeaseKeeper(this.store, this.meters);

    private ObservationRegistry observations = ObservationRegistry.NOOP;

    private final FakeBroker broker = new FakeBroker();

    private final AtomicBoolean closing = new AtomicBoolean();

    private final List<Object> processed = new ArrayList<>();

    private Consumer<Object> listener = this.processed::add;

    private RetryPolicy policy = new RetryPolicy(3, BACKOFF, List.of(IllegalArgumentException.class));

    @AfterEach
    void close() {
        this.keeper.close();
    }

    @Test
    void acknowledgesWhatItProcessed() {
        assertThat(deliver()).isEqualTo(DeliveryResult.acknowledge(Outcome.PROCESSED));
        assertThat(this.processed).containsExactly("text");
        assertThat(this.store.isDone(KEY)).isTrue();
    }

    @Test
    void observesADeliveryAsAChildOfTheSend() {
        Observed observed = new Observed();
        this.observations = observed.registry();
        MessageExt message = Messages.withId(42);
        message.putUserProperty("traceparent", "sent");

        deliver(message);

        assertThat(observed.ended()).singleElement().satisfies((context) -> {
            assertThat(context.getContextualName()).isEqualTo("process orders");
            assertThat(context.<String>get("parent")).isEqualTo("sent");
            assertThat(Observed.tags(context)).containsEntry("messaging.consumer.group.name", "g")
                .containsEntry("messaging.operation.type", "process")
                .containsEntry("reliable_mq.id", "42")
                .containsEntry("outcome", "processed");
            assertThat(context.getError()).isNull();
        });
    }

    @Test
    void observesWhatAListenerFailsWith() {
        Observed observed = new Observed();
        this.observations = observed.registry();
        this.listener = (payload) -> {
            assertThat(observed.registry().getCurrentObservation()).isNotNull();
            throw new IllegalStateException("no");
        };

        deliver();

        assertThat(observed.ended()).singleElement().satisfies((context) -> {
            assertThat(context.getError()).hasMessage("no");
            assertThat(Observed.tags(context)).containsEntry("outcome", "failed");
        });
    }

    @Test
    void acknowledgesADuplicateWithoutProcessingIt() {
        this.store.markDone(KEY);

        assertThat(deliver()).isEqualTo(DeliveryResult.acknowledge(Outcome.DUPLICATE));
        assertThat(this.processed).isEmpty();
    }

    @Test
    void processesANewMessageWhoseHeadersWereCopiedFromAnother() {
        MessageExt original = addressed("other");
        MessageAccessor.putProperty(original, ReliableHeaders.LETTER_ID, "7");
        this.store.markDone(KEY);

        for (String uniqKey : List.of("7F00B", "7F00C")) {
            assertThat(deliver(Messages.copyOf(original, uniqKey)))
                .isEqualTo(DeliveryResult.acknowledge(Outcome.PROCESSED));
            assertThat(this.store.isDone(RecordKey.ofUniqKey("g", uniqKey))).isTrue();
        }
        assertThat(this.meters.get("reliable.mq.marks.ignored").counter().count()).isEqualTo(2);
        assertThat(deliver(original)).isEqualTo(DeliveryResult.acknowledge(Outcome.OTHER_GROUP));
        assertThat(this.meters.get("reliable.mq.marks.ignored").counter().count()).isEqualTo(2);
    }

    @Test
    void countsAFailureAndComesAgainAfterThePolicysDelay() {
        failWith(new IllegalStateException());

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(redeliver(1)).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(30)));
        assertThat(this.attempts.find(KEY)).hasValueSatisfying((attempt) -> {
            assertThat(attempt.failures()).isEqualTo(2);
            assertThat(attempt.exception()).isEqualTo(IllegalStateException.class.getName());
        });
        assertThat(this.broker.stored).isEmpty();
    }

    @Test
    void parksAfterTheLastAttemptAndForgetsTheFailures() {
        failWith(new IllegalStateException());
        deliver();
        redeliver(1);

        assertThat(redeliver(2)).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
        assertThat(this.broker.topics()).containsExactly("%DLQ%g");
        assertThat(this.broker.stored.get(0).properties()).containsEntry("RELIABLE_FAILURES", "3");
        assertThat(this.attempts.isEmpty()).isTrue();
        assertThat(this.store.isDone(KEY)).as("a replay is to be processed").isFalse();
    }

    @Test
    void comesAgainWhenParkingFailsAndKeepsTheCount() {
        this.policy = new RetryPolicy(1, BACKOFF, List.of());
        failWith(new IllegalStateException());
        this.broker.failAttempts(100);

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.attempts.find(KEY)).isPresent();
    }

    @Test
    void parksWhatIsNotWorthRetryingAtOnce() {
        failWith(new IllegalArgumentException());

        assertThat(deliver()).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
    }

    /**
     * A message that is sent on under another topic, for example, and fails after that.
     */
    @Test
    void parksTheMessageAsItWasDeliveredWhateverTheListenerMadeOfIt() {
        this.listener = (payload) -> {
            MessageExt delivered = (MessageExt) payload;
            delivered.setTopic("elsewhere");
            delivered.setKeys("other");
            delivered.getBody()[0] = 'X';
            delivered.getProperties().remove(ReliableHeaders.ID);
            throw new IllegalArgumentException();
        };
        MessageExt message = Messages.withId(42);

        DeliveryResult verdict = delivery("", this.attempts, new PayloadReader(Containers.describe(new RawListener())))
            .deliver(message);

        assertThat(verdict).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
        assertThat(this.broker.stored).singleElement().satisfies((letter) -> {
            assertThat(letter.properties()).containsEntry("RETRY_TOPIC", "orders")
                .containsEntry(ReliableHeaders.ID, "42")
                .doesNotContainKey("KEYS");
            assertThat(letter.body()).asString().isEqualTo("text");
        });
    }

    @Test
    void looksForTheReasonAmongTheCauses() {
        failWith(new IllegalStateException(new IOException(new NumberFormatException())));

        assertThat(deliver()).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
    }

    @Test
    void countsAnErrorLikeAnException() {
        this.listener = (payload) -> {
            throw new StackOverflowError();
        };

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
    }

    @Test
    void parksAMessageWhoseKeyExpressionFailsAtOnce() {
        assertThat(delivery("#headers['missing']", this.attempts).deliver(Messages.withId(42)))
            .isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
        assertThat(this.processed).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "x1", "99999999999999999999" })
    void parksAMessageWhoseIdIsNoNumberAtOnce(String id) {
        MessageExt message = Messages.message("text");
        message.getProperties().put(ReliableHeaders.ID, id);

        assertThat(delivery("", this.attempts).deliver(message)).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
    }

    @Test
    void neitherCountsNorParksWhenTheRecordsCannotBeRead() {
        this.policy = new RetryPolicy(1, BACKOFF, List.of());
        this.store.fail(Operation.CLAIM);

        for (int i = 0; i < 20; i++) {
            assertThat(redeliver(i)).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        }
        assertThat(this.processed).isEmpty();
        assertThat(this.attempts.isEmpty()).isTrue();
        assertThat(this.broker.stored).isEmpty();
    }

    @Test
    void doesNotParkEarlyWhenTheFailuresCannotBeCounted() {
        failWith(new IllegalStateException());
        this.attempts.goAway();

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.broker.stored).isEmpty();
    }

    /** Its store is not the one that the message's record is in. */
    @ParameterizedTest
    @MethodSource("foreign")
    void countsWhatAListenersOwnGuardThrowsAndParksItInTheEnd(RuntimeException raised) {
        failWith(raised);

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(redeliver(1)).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(30)));
        assertThat(this.attempts.find(KEY)).hasValueSatisfying((attempt) -> {
            assertThat(attempt.failures()).isEqualTo(2);
            assertThat(attempt.exception()).isEqualTo(raised.getClass().getName());
        });
        assertThat(redeliver(2)).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
        assertThat(this.broker.stored.get(0).properties()).containsEntry("RELIABLE_FAILURES", "3")
            .hasEntrySatisfying("RELIABLE_EXCEPTION",
                    (text) -> assertThat(text).startsWith(raised.getClass().getName()));
    }

    @Test
    void parksWhatAListenersOwnGuardThrowsAtOnceIfThePolicySaysSo() {
        this.policy = new RetryPolicy(3, BACKOFF, List.of(InvalidRecordKeyException.class));
        failWith(new InvalidRecordKeyException("too long"));

        assertThat(deliver()).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
    }

    static List<RuntimeException> foreign() {
        return List.of(new IdempotencyStoreException("The listener's own store is away", new IllegalStateException()),
                new InvalidRecordKeyException("The listener's own key is too long"),
                new UnreadableMessageException(String.class, null));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void doesNotParkEarlyWhateverTheStoreOfAttemptsThrows(Throwable thrown) {
        failWith(new IllegalStateException());
        this.attempts.fail(thrown);

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.broker.stored).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("broken")
    void doesNotCallTheListenerWhateverTheStoreOfAttemptsThrows(Throwable thrown) {
        this.policy = new RetryPolicy(1, BACKOFF, List.of());
        this.attempts.fail(thrown);

        assertThat(redeliver(1)).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.processed).isEmpty();
        assertThat(this.broker.stored).as("not its failure").isEmpty();
    }

    @ParameterizedTest
    @MethodSource("broken")
    void acknowledgesWhatIsDoneWhateverTheStoreOfAttemptsThrows(Throwable thrown) {
        this.listener = (payload) -> {
            this.processed.add(payload);
            this.attempts.fail(thrown);
        };

        assertThat(redeliver(1)).isEqualTo(DeliveryResult.acknowledge(Outcome.PROCESSED));
        assertThat(this.processed).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void postponesWhatIsUnderWayWhateverTheStoreOfAttemptsThrows(Throwable thrown) {
        this.policy = new RetryPolicy(1, BACKOFF, List.of());
        this.store.takeOver(KEY, Duration.ofSeconds(20));
        this.attempts.fail(thrown);

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.broker.stored).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("broken")
    void putsAConflictOffWhateverTheStoreOfAttemptsThrows(Throwable thrown) {
        failWith(new CannotAcquireLockException("deadlock"));
        this.attempts.fail(thrown);

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.IN_PROGRESS, Duration.ofSeconds(1)));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void acknowledgesWhatIsParkedWhateverTheStoreOfAttemptsThrows(Throwable thrown) {
        this.policy = new RetryPolicy(1, BACKOFF, List.of());
        failWith(new IllegalStateException());
        this.attempts.fail(thrown);

        assertThat(deliver()).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
        assertThat(this.broker.stored).hasSize(1);
    }

    static List<Throwable> broken() {
        return List.of(new IllegalArgumentException("a serializer"), new StackOverflowError(),
                new IdempotencyStoreException("away", new IllegalStateException()));
    }

    @Test
    void countsAFailureThatAnObservationHandlerCannotTake() {
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {

            @Override
            public void onError(Observation.Context context) {
                throw new IllegalStateException("a handler of the application's");
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }

        });
        this.observations = registry;
        failWith(new IllegalStateException());

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.attempts.find(KEY)).isPresent();
    }

    @Test
    void doesNotParkBecauseOfPostponements() {
        for (int i = 0; i < 20; i++) {
            this.store.takeOver(KEY, Duration.ofSeconds(20));
            assertThat(redeliver(i)).isEqualTo(DeliveryResult.again(Outcome.IN_PROGRESS, Duration.ofSeconds(20)));
        }
        this.clock.advance(Duration.ofSeconds(21));
        failWith(new IllegalStateException());

        assertThat(redeliver(20)).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.attempts.find(KEY)).hasValueSatisfying((attempt) -> {
            assertThat(attempt.failures()).isOne();
            assertThat(attempt.postponements()).isEqualTo(20);
        });
    }

    @Test
    void showsTheListenerWhichAttemptItIs() {
        List<Integer> shown = new ArrayList<>();
        this.listener = (payload) -> {
            shown.add(IdempotencyContext.current().attempt());
            throw new IllegalStateException();
        };

        deliver();
        redeliver(7);

        assertThat(shown).containsExactly(1, 2);
    }

    @Test
    void forgetsTheFailuresAfterSuccess() {
        failWith(new IllegalStateException());
        deliver();
        this.listener = this.processed::add;

        assertThat(redeliver(1)).isEqualTo(DeliveryResult.acknowledge(Outcome.PROCESSED));
        assertThat(this.attempts.isEmpty()).isTrue();
    }

    @Test
    void countsByRocketMQWithoutAStore() {
        failWith(new IllegalStateException());
        SingleDelivery delivery = delivery("", null);

        assertThat(delivery.deliver(Messages.redelivered(Messages.withId(42), 1)))
            .isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(30)));
        assertThat(delivery.deliver(Messages.redelivered(Messages.withId(42), 2)))
            .isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
    }

    @Test
    void doesNotCountAFailureWhileTheContainerCloses() {
        this.policy = new RetryPolicy(1, BACKOFF, List.of());
        failWith(new IllegalStateException());
        this.closing.set(true);

        assertThat(deliver()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.attempts.isEmpty()).isTrue();
        assertThat(this.broker.stored).isEmpty();
    }

    /**
     * A bridge that sends on what it has received, UNIQ_KEY and all, and gets a copy that
     * was meant for it alone.
     */
    @Test
    void processesWhatWasSentOnToAnotherTopicByTheGroupThatItWasMeantFor() {
        new GroupRedelivery(this.broker::producer, (topic) -> Set.of()).toOrdered(Messages.withId(42), "bridge");
        MessageExt copy = Messages.message("text");
        MessageAccessor.setProperties(copy, this.broker.stored.get(0).properties());

        assertThat(deliver(copy)).isEqualTo(DeliveryResult.acknowledge(Outcome.OTHER_GROUP));
        copy.setTopic("elsewhere");
        assertThat(deliver(copy)).isEqualTo(DeliveryResult.acknowledge(Outcome.PROCESSED));
    }

    @Test
    void acknowledgesWhatIsMeantForAnotherGroup() {
        assertThat(deliver(addressed("other"))).isEqualTo(DeliveryResult.acknowledge(Outcome.OTHER_GROUP));
        assertThat(deliver(addressed("big"))).isEqualTo(DeliveryResult.acknowledge(Outcome.OTHER_GROUP));
        assertThat(this.processed).isEmpty();
        assertThat(this.store.calls(Operation.CLAIM)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = { "g", "namespace%g" })
    void processesWhatIsMeantForItsOwnGroup(String addressee) {
        assertThat(deliver(addressed(addressee))).isEqualTo(DeliveryResult.acknowledge(Outcome.PROCESSED));
    }

    @Test
    void timesEachOutcome() {
        deliver();
        deliver();
        failWith(new IllegalStateException());
        deliver(Messages.withId(43));

        for (String outcome : List.of("processed", "duplicate", "failed")) {
            assertThat(this.meters.get("reliable.mq.consume")
                .tags("group", "g", "topic", "orders", "outcome", outcome)
                .timer()
                .count()).isOne();
        }
    }

    @Test
    void namesTheMessageInTheLoggingContextWhileItRuns() {
        List<String> seen = new ArrayList<>();
        this.listener = (payload) -> seen.add(MDC.get("reliableMqId"));

        deliver();
        deliver(Messages.message("no id of ours"));

        assertThat(seen).containsExactly("42", "7F00A");
        assertThat(MDC.get("reliableMqId")).isNull();
    }

    @Test
    void restoresTheLoggingContextOfItsCaller() {
        MDC.put("reliableMqId", "outer");
        try {
            deliver();
            assertThat(MDC.get("reliableMqId")).isEqualTo("outer");
        }
        finally {
            MDC.remove("reliableMqId");
        }
    }

    @Test
    void putsAConflictWithAnotherTransactionOffWithoutCountingIt() {
        failWith(new TransactionSystemException("commit", new CannotAcquireLockException("deadlock")));

        for (int i = 0; i < 8; i++) {
            assertThat(redeliver(i)).isEqualTo(DeliveryResult.again(Outcome.IN_PROGRESS, Duration.ofSeconds(1)));
        }
        assertThat(redeliver(8)).isEqualTo(DeliveryResult.again(Outcome.IN_PROGRESS, Duration.ofSeconds(5)));
        assertThat(this.attempts.find(KEY)).hasValueSatisfying((attempt) -> {
            assertThat(attempt.failures()).isZero();
            assertThat(attempt.postponements()).isEqualTo(9);
        });
        assertThat(this.broker.stored).isEmpty();
    }

    @Test
    void countsConflictsThatNeverEnd() {
        failWith(new CannotAcquireLockException("always"));
        for (int i = 0; i < FailureHandling.MOST_CONFLICTS; i++) {
            assertThat(redeliver(i).outcome()).isEqualTo(Outcome.IN_PROGRESS);
        }

        assertThat(redeliver(100)).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        redeliver(101);
        assertThat(redeliver(102)).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
    }

    @Test
    void parksAConflictThatIsNotWorthRetrying() {
        this.policy = new RetryPolicy(3, BACKOFF, List.of(CannotAcquireLockException.class));
        failWith(new CannotAcquireLockException("deadlock"));

        assertThat(deliver()).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
    }

    private void failWith(RuntimeException failure) {
        this.listener = (payload) -> {
            throw failure;
        };
    }

    private DeliveryResult deliver() {
        return deliver(Messages.withId(42));
    }

    private DeliveryResult redeliver(int times) {
        return deliver(Messages.redelivered(Messages.withId(42), times));
    }

    private DeliveryResult deliver(MessageExt message) {
        return delivery("", this.attempts).deliver(message);
    }

    private static MessageExt addressed(String group) {
        MessageExt message = Messages.withId(42);
        MessageAccessor.putProperty(message, ReliableHeaders.TARGET_GROUP, group);
        return message;
    }

    private SingleDelivery delivery(String key, AttemptStore attemptStore) {
        return delivery(key, attemptStore, new PayloadReader(Containers.describe(new TextListener())));
    }

    private SingleDelivery delivery(String key, AttemptStore attemptStore, PayloadReader payloads) {
        FailureHandling failures = new FailureHandling(this.policy, attemptStore,
                new DeadLetterPublisher("g", this.broker.publisher("g")), this.closing::get);
        KeyReader keys = new KeyReader("g", key.isEmpty() ? null : new KeyExpression("g", key, String.class));
        DeliverySteps steps = new DeliverySteps("g", payloads, keys, Admission.OPEN, failures,
                new ConsumeMeters(this.meters, "g", "orders"), new ConsumeObservations(this.observations, "g"),
                new DeliveryLoad(), this.clock);
        return new SingleDelivery(steps,
                new LeaseGuard(this.store, this.keeper, Duration.ofMinutes(1), Duration.ofDays(7), this.clock),
                (payload) -> {
                    this.listener.accept(payload);
                    return true;
                });
    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    public static class TextListener implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class RawListener implements RocketMQListener<MessageExt> {

        @Override
        public void onMessage(MessageExt message) {
        }

    }

}

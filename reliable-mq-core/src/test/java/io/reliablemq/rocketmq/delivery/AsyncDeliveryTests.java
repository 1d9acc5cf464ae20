package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.Observed;
import io.reliablemq.idempotency.IdempotencyContext;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.InMemoryIdempotencyStore;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.idempotency.MutableClock;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.retry.InMemoryAttemptStore;
import io.reliablemq.retry.RetryPolicy;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.FakeBroker;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.deadletter.DeadLetterPublisher;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class AsyncDeliveryTests {

    private static final RecordKey KEY = RecordKey.ofMessageId("g", 42);

    private static final DeliveryResult PROCESSED = DeliveryResult.acknowledge(Outcome.PROCESSED);

    private final MutableClock clock = new MutableClock();

    private final InMemoryIdempotencyStore store = new InMemoryIdempotencyStore(this.clock);

    private final InMemoryAttemptStore attempts = new InMemoryAttemptStore(this.clock);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final LeaseKeeper keeper = new LeaseKeeper(this.store, this.meters);

    private final FakeBroker broker = new FakeBroker();

    private final DeliveryLoad load = new DeliveryLoad();

    private final List<BegunDelivery> reported = new ArrayList<>();

    private final CompletableFuture<Void> stage = new CompletableFuture<>();

    private Admission admission = Admission.OPEN;

    private ObservationRegistry observations = ObservationRegistry.NOOP;

    private AsyncListener<Object> listener = (payload) -> this.stage;

    @AfterEach
    void close() {
        this.keeper.close();
    }

    @Test
    void recordsTheEffectWhenTheStageCompletes() {
        BegunDelivery begun = begin(Messages.withId(42));
        assertThat(this.reported).isEmpty();
        assertThat(this.store.isDone(KEY)).isFalse();
        assertThat(this.load.load().running()).isOne();

        this.stage.complete(null);

        assertThat(this.reported).containsExactly(begun);
        assertThat(this.store.isDone(KEY)).as("not on the thread that completes it").isFalse();
        assertThat(begun.finish()).isEqualTo(PROCESSED);
        assertThat(this.store.isDone(KEY)).isTrue();
        assertThat(this.load.load().completed()).isOne();
        assertThat(this.load.load().running()).isZero();
        assertThat(this.meters.get("reliable.mq.consume").tag("outcome", "processed").timer().count()).isOne();
    }

    @Test
    void countsAStageThatFailsAndFreesTheRecord() {
        BegunDelivery begun = begin(Messages.withId(42));
        this.stage.completeExceptionally(new IllegalStateException("no"));

        assertThat(begun.finish()).isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10)));
        assertThat(this.attempts.find(KEY)).hasValueSatisfying(
                (attempt) -> assertThat(attempt.exception()).isEqualTo(IllegalStateException.class.getName()));

        this.listener = (payload) -> CompletableFuture.completedFuture(null);
        assertThat(begin(Messages.redelivered(Messages.withId(42), 1)).finish()).isEqualTo(PROCESSED);
    }

    @Test
    void countsWhatTheListenersOwnGuardThrowsAtOnceOrLater() {
        RuntimeException raised = new IdempotencyStoreException("The listener's own store",
                new IllegalStateException());
        this.listener = (payload) -> {
            throw raised;
        };
        assertThat(begin(Messages.withId(42)).finish().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(this.attempts.find(KEY)).hasValueSatisfying((attempt) -> {
            assertThat(attempt.failures()).isOne();
            assertThat(attempt.exception()).isEqualTo(raised.getClass().getName());
        });
        this.listener = (payload) -> CompletableFuture.failedFuture(new InvalidRecordKeyException("too long"));

        assertThat(begin(Messages.redelivered(Messages.withId(42), 1)).finish().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(begin(Messages.redelivered(Messages.withId(42), 2)).finish().outcome()).isEqualTo(Outcome.PARKED);
    }

    @Test
    void looksForTheCauseOfADependentStage() {
        this.listener = (payload) -> this.stage.thenRun(() -> {
            throw new IllegalArgumentException("not worth retrying");
        });
        BegunDelivery begun = begin(Messages.withId(42));
        this.stage.complete(null);

        assertThat(begun.finish()).isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
    }

    @Test
    void countsAListenerThatThrowsOrReturnsNothing() {
        this.listener = (payload) -> {
            throw new IllegalStateException("at once");
        };
        assertThat(begin(Messages.withId(42)).finish().outcome()).isEqualTo(Outcome.FAILED);
        this.listener = (payload) -> null;
        assertThat(begin(Messages.withId(43)).finish().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(this.reported).hasSize(2);
    }

    @Test
    void doesNotCallTheListenerForADuplicate() {
        this.store.markDone(KEY);
        this.listener = (payload) -> {
            throw new AssertionError();
        };

        assertThat(begin(Messages.withId(42)).finish()).isEqualTo(DeliveryResult.acknowledge(Outcome.DUPLICATE));
    }

    @Test
    void postponesWhatIsUnderWay() {
        begin(Messages.withId(42));

        assertThat(begin(Messages.withId(42)).finish().outcome()).isEqualTo(Outcome.IN_PROGRESS);
    }

    @Test
    void leavesWhatIsForAnotherGroup() {
        MessageExt message = Messages.withId(42);
        MessageAccessor.putProperty(message, ReliableHeaders.TARGET_GROUP, "other");

        assertThat(begin(message).finish()).isEqualTo(DeliveryResult.acknowledge(Outcome.OTHER_GROUP));
        assertThat(this.stage.getNumberOfDependents()).isZero();
    }

    @Test
    void givesWayBeforeTheGuard() {
        this.admission = (message, key) -> PROCESSED;

        assertThat(begin(Messages.withId(42)).finish()).isSameAs(PROCESSED);
        assertThat(this.stage.getNumberOfDependents()).isZero();
        assertThat(this.store.isDone(KEY)).isFalse();
    }

    @Test
    void countsWhatNeverCompletesAndIgnoresWhatItDoesLater() {
        BegunDelivery begun = begin(Messages.withId(42));

        assertThat(begun.expire().outcome()).isEqualTo(Outcome.FAILED);
        this.stage.complete(null);
        assertThat(this.store.isDone(KEY)).isFalse();
        assertThat(this.attempts.find(KEY)).isPresent();
    }

    @Test
    void letsTheClaimRunOutWhenTheContainerStops() {
        begin(Messages.withId(42)).abandon();

        assertThat(this.load.load().running()).isZero();
        assertThat(begin(Messages.withId(42)).finish().outcome()).as("not free yet").isEqualTo(Outcome.IN_PROGRESS);
        this.clock.advance(Duration.ofMinutes(2));
        this.listener = (payload) -> CompletableFuture.completedFuture(null);
        assertThat(begin(Messages.withId(42)).finish()).isEqualTo(PROCESSED);
    }

    @Test
    void setsItsContextWhileTheListenerIsCalled() {
        Observed observed = new Observed();
        this.observations = observed.registry();
        this.listener = (payload) -> {
            assertThat(IdempotencyContext.current().identity()).isEqualTo(KEY.identity());
            assertThat(MDC.get("reliableMqId")).isEqualTo("42");
            assertThat(observed.registry().getCurrentObservation()).isNotNull();
            return this.stage;
        };
        BegunDelivery begun = begin(Messages.withId(42));
        assertThat(MDC.get("reliableMqId")).isNull();
        assertThat(observed.registry().getCurrentObservation()).isNull();
        assertThat(observed.ended()).isEmpty();

        this.stage.completeExceptionally(new IllegalStateException("no"));
        begun.finish();

        assertThat(observed.ended()).singleElement().satisfies((context) -> {
            assertThat(context.getError()).hasMessage("no");
            assertThat(Observed.tags(context)).containsEntry("outcome", "failed");
        });
    }

    @Test
    void endsTheClaimAlthoughAnObservationFails() {
        ObservationRegistry registry = ObservationRegistry.create();
        AtomicBoolean broken = new AtomicBoolean();
        registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {

            @Override
            public void onScopeOpened(Observation.Context context) {
                if (broken.get()) {
                    throw new IllegalStateException("a handler of the application's");
                }
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }

        });
        this.observations = registry;
        BegunDelivery begun = begin(Messages.withId(42));
        this.stage.complete(null);
        broken.set(true);

        assertThat(begun.finish()).isEqualTo(PROCESSED);
        // Shared by all registries, and left behind by the one that failed.
        registry.setCurrentObservationScope(null);
        assertThat(this.store.isDone(KEY)).isTrue();
        assertThat(this.load.load().running()).isZero();
    }

    @Test
    void worksWithoutAGuard() {
        this.stage.complete(null);
        BegunDelivery begun = new AsyncDelivery(steps(), this.listener, null).begin(Messages.withId(42),
                this.reported::add);

        assertThat(begun.finish()).isEqualTo(PROCESSED);
    }

    /** What virtual threads do, on threads of any kind. */
    @Test
    void runsABlockingListenerOnAThreadOfItsOwn() {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            BegunDelivery begun = new ThreadedDelivery(new SingleDelivery(steps(), guard(), (payload) -> true), threads)
                .begin(Messages.withId(42), this.reported::add);
            await().until(() -> !this.reported.isEmpty());

            assertThat(begun.finish()).isEqualTo(PROCESSED);
            assertThat(this.store.isDone(KEY)).isTrue();
        }
        finally {
            threads.shutdownNow();
        }
    }

    private BegunDelivery begin(MessageExt message) {
        return new AsyncDelivery(steps(), this.listener, guard()).begin(message, this.reported::add);
    }

    private LeaseGuard guard() {
        return new LeaseGuard(this.store, this.keeper, Duration.ofMinutes(1), Duration.ofDays(7), this.clock);
    }

    private DeliverySteps steps() {
        FailureHandling failures = new FailureHandling(
                new RetryPolicy(3, List.of(Duration.ofSeconds(10)), List.of(IllegalArgumentException.class)),
                this.attempts, new DeadLetterPublisher("g", this.broker.publisher("g")), () -> false);
        return new DeliverySteps("g", new PayloadReader(Containers.describe(new SingleDeliveryTests.TextListener())),
                new KeyReader("g", null), this.admission, failures, new ConsumeMeters(this.meters, "g", "orders"),
                new ConsumeObservations(this.observations, "g"), this.load, this.clock);
    }

}

package io.reliablemq.rocketmq.delivery;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.retry.RetryPolicy;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.FakeBroker;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.deadletter.DeadLetterPublisher;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where a message is left out: after the addressee, before guard and listener.
 */
class AdmissionTests {

    private static final DeliveryResult DEFERRED = DeliveryResult.acknowledge(Outcome.DEFERRED);

    private final List<String> steps = new ArrayList<>();

    private Admission admission = (message, key) -> {
        this.steps.add("admission of " + key.identity());
        return DEFERRED;
    };

    @Test
    void asksBeforeTheGuard() {
        assertThat(delivery().deliver(Messages.withId(42))).isEqualTo(DEFERRED);
        assertThat(this.steps).containsExactly("admission of 000000000000002a");
    }

    @Test
    void goesOnToTheGuardWhenItIsAdmitted() {
        this.admission = Admission.OPEN;

        assertThat(delivery().deliver(Messages.withId(42)).outcome()).isEqualTo(Outcome.PROCESSED);
        assertThat(this.steps).containsExactly("guard", "listener");
    }

    @Test
    void doesNotAskAboutAMessageForAnotherGroup() {
        MessageExt message = Messages.withId(42);
        MessageAccessor.putProperty(message, ReliableHeaders.TARGET_GROUP, "another");

        assertThat(delivery().deliver(message).outcome()).isEqualTo(Outcome.OTHER_GROUP);
        assertThat(this.steps).isEmpty();
    }

    @Test
    void deliversAgainWhatCannotBeRecorded() {
        this.admission = (message, key) -> {
            throw new IdempotencyStoreException("away", new IllegalStateException());
        };

        assertThat(delivery().deliver(Messages.withId(42)))
            .isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(5)));
        assertThat(this.steps).isEmpty();
    }

    @Test
    void asksBeforeAnAsynchronousListener() {
        AsyncListener<Object> listener = new AsyncListener<>() {

            @Override
            public CompletionStage<Void> onMessageAsync(Object message) {
                AdmissionTests.this.steps.add("listener");
                return CompletableFuture.completedFuture(null);
            }

        };

        BegunDelivery begun = new AsyncDelivery(deliverySteps(), listener, null).begin(Messages.withId(42), (done) -> {
        });

        assertThat(begun.finish()).isEqualTo(DEFERRED);
        assertThat(this.steps).containsExactly("admission of 000000000000002a");
    }

    private SingleDelivery delivery() {
        IdempotencyGuard guard = new IdempotencyGuard() {

            @Override
            public <T> GuardResult<T> execute(RecordKey key, int attempt, Callable<T> action) throws Exception {
                AdmissionTests.this.steps.add("guard");
                return new GuardResult.Processed<>(action.call());
            }

        };
        return new SingleDelivery(deliverySteps(), guard, (payload) -> this.steps.add("listener"));
    }

    private DeliverySteps deliverySteps() {
        FailureHandling failures = new FailureHandling(new RetryPolicy(3, List.of(Duration.ofSeconds(5)), List.of()),
                null, new DeadLetterPublisher("g", new FakeBroker().publisher("g")), () -> false);
        return new DeliverySteps("g", new PayloadReader(Containers.describe(new SingleDeliveryTests.TextListener())),
                new KeyReader("g", null), this.admission, failures,
                new ConsumeMeters(new SimpleMeterRegistry(), "g", "orders"),
                new ConsumeObservations(ObservationRegistry.NOOP, "g"), new DeliveryLoad(), Clock.systemUTC());
    }

}

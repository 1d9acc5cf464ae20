package io.reliablemq.rocketmq.delivery;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.micrometer.observation.Observation;
import io.reliablemq.idempotency.ClaimAttempt;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.idempotency.OpenClaim;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.message.LoggingContext;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The delivery of a message to an {@link AsyncListener}. Claim and call of the listener,
 * and what follows its completion, run on the consuming thread, so that no thread of the
 * listener's waits for a store.
 */
record AsyncDelivery(DeliverySteps steps, AsyncListener<Object> listener,
        @Nullable LeaseGuard guard) implements ParallelDelivery {

    private static final Logger logger = LoggerFactory.getLogger(AsyncDelivery.class);

    @Override
    public BegunDelivery begin(MessageExt message, Consumer<BegunDelivery> done) {
        Begun begun = new Begun(message, done);
        begun.run();
        return begun;
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure.getCause();
        return ((failure instanceof CompletionException || failure instanceof ExecutionException) && cause != null)
                ? cause : failure;
    }

    /** One message; its fields but the failure belong to the consuming thread. */
    private final class Begun implements BegunDelivery {

        private final Delivery delivery;

        private final Consumer<BegunDelivery> done;

        private final Observation observation;

        private long start;

        private @Nullable OpenClaim claim;

        private @Nullable DeliveryResult known;

        private @Nullable DeliveryResult concluded;

        private boolean concluding;

        private volatile @Nullable Throwable failure;

        Begun(MessageExt message, Consumer<BegunDelivery> done) {
            this.delivery = new Delivery(message);
            this.done = done;
            this.observation = AsyncDelivery.this.steps.observations().begin(message);
        }

        void run() {
            Observation.Scope scope = this.observation.openScope();
            LoggingContext context = DeliverySteps.logging(this.delivery.message());
            try {
                this.start = AsyncDelivery.this.steps.begin(List.of(this.delivery.message()));
                CompletionStage<Void> stage = call();
                if (stage != null) {
                    var unused = stage.whenComplete(
                            (nothing, ex) -> report((ex != null) ? RaisedByListenerException.mark(unwrap(ex)) : null));
                    return;
                }
                report(null);
            }
            catch (Throwable ex) {
                report(ex);
            }
            finally {
                context.close();
                scope.close();
            }
        }

        private void report(@Nullable Throwable ended) {
            this.failure = ended;
            this.done.accept(this);
        }

        /** {@code null} if the listener is not to be called. */
        private @Nullable CompletionStage<Void> call() throws Exception {
            DeliverySteps steps = AsyncDelivery.this.steps;
            this.known = steps.prepare(this.delivery);
            if (this.known != null) {
                return null;
            }
            LeaseGuard guard = AsyncDelivery.this.guard;
            if (guard == null) {
                return stage();
            }
            int attempt = steps.attempt(this.delivery);
            ClaimAttempt answer = guard.open(this.delivery.key());
            if (answer instanceof OpenClaim open) {
                this.claim = open;
                return open.call(attempt, this::stage);
            }
            this.known = steps.result(this.delivery, (answer instanceof ClaimAttempt.InProgress other)
                    ? new GuardResult.InProgress<>(other.until()) : new GuardResult.Duplicate<>());
            return null;
        }

        private CompletionStage<Void> stage() throws Exception {
            return DeliverySteps.call(this.delivery, (payload) -> {
                CompletionStage<Void> stage = AsyncDelivery.this.listener.onMessageAsync(payload);
                if (stage == null) {
                    throw new IllegalStateException("onMessageAsync returned null instead of a CompletionStage");
                }
                return stage;
            });
        }

        @Override
        public DeliveryResult finish() {
            return end(this.failure);
        }

        @Override
        public DeliveryResult expire() {
            return end(new TimeoutException("onMessageAsync did not complete within the consume timeout"));
        }

        @Override
        public void abandon() {
            if (this.claim != null) {
                this.claim.abandon();
            }
            this.observation.stop();
            AsyncDelivery.this.steps.end(Collections.singletonList(null), this.start);
        }

        private DeliveryResult end(@Nullable Throwable ended) {
            DeliveryResult result = null;
            try {
                result = AsyncDelivery.this.steps.observations().end(this.observation, () -> conclude(ended));
                return result;
            }
            catch (RuntimeException | Error ex) {
                // A handler of observations, most likely: the claim must end all the
                // same, and what became of the message stands.
                result = this.concluding ? this.concluded : conclude(ended);
                if (result == null) {
                    throw ex;
                }
                MessageExt message = this.delivery.message();
                logger.warn("The observation of message {} of topic {} failed", message.getMsgId(), message.getTopic(),
                        DescribableFailure.of(ex));
                return result;
            }
            finally {
                AsyncDelivery.this.steps.end(Collections.singletonList(result), this.start);
            }
        }

        private DeliveryResult conclude(@Nullable Throwable ended) {
            this.concluding = true;
            DeliveryResult result = decide(ended);
            this.concluded = result;
            return result;
        }

        private DeliveryResult decide(@Nullable Throwable ended) {
            LoggingContext context = DeliverySteps.logging(this.delivery.message());
            try {
                if (this.known != null) {
                    return this.known;
                }
                if (ended == null) {
                    return complete();
                }
                if (this.claim != null) {
                    this.claim.release(ended);
                }
                return AsyncDelivery.this.steps.failed(this.delivery, ended);
            }
            finally {
                context.close();
            }
        }

        private DeliveryResult complete() {
            try {
                if (this.claim != null) {
                    this.claim.complete();
                }
                return AsyncDelivery.this.steps.result(this.delivery, new GuardResult.Processed<>(null));
            }
            catch (RuntimeException | Error ex) {
                return AsyncDelivery.this.steps.failed(this.delivery, ex);
            }
        }

    }

}

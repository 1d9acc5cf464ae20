package io.reliablemq.rocketmq.delivery;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.micrometer.observation.Observation;
import io.reliablemq.idempotency.ClaimAttempt;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.idempotency.OpenClaim;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.message.LoggingContext;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of a message through an {@link AsyncListener}. Claim and listener's beginning,
 * and what follows its completion, run on the consuming thread, so that no thread of the
 * listener's waits for a store.
 */
public final class AsyncDelivery implements ParallelDelivery {

    private static final Logger logger = LoggerFactory.getLogger(AsyncDelivery.class);

    private final SingleDelivery steps;

    private final AsyncListener<Object> listener;

    private final @Nullable LeaseGuard guard;

    public AsyncDelivery(SingleDelivery steps, AsyncListener<Object> listener, @Nullable LeaseGuard guard) {
        this.steps = steps;
        this.listener = listener;
        this.guard = guard;
    }

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

        private final MessageExt message;

        private final Consumer<BegunDelivery> done;

        private final Observation observation;

        private final long start;

        private @Nullable RecordKey key;

        private @Nullable OpenClaim claim;

        private @Nullable DeliveryResult known;

        private @Nullable DeliveryResult concluded;

        private boolean concluding;

        private volatile @Nullable Throwable failure;

        Begun(MessageExt message, Consumer<BegunDelivery> done) {
            this.message = message;
            this.done = done;
            this.observation = AsyncDelivery.this.steps.observations().begin(message);
            this.start = AsyncDelivery.this.steps.begin();
        }

        void run() {
            Observation.Scope scope = this.observation.openScope();
            LoggingContext context = SingleDelivery.logging(this.message);
            try {
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
            SingleDelivery steps = AsyncDelivery.this.steps;
            steps.checkMarks(this.message);
            if (steps.isForAnother(this.message)) {
                this.known = DeliveryResult.acknowledge(Outcome.OTHER_GROUP);
                return null;
            }
            Object payload = steps.payloads().read(this.message);
            RecordKey record = steps.keys().read(this.message, payload);
            this.key = record;
            DeliveryResult instead = steps.admit(this.message, record);
            if (instead != null) {
                this.known = instead;
                return null;
            }
            LeaseGuard guard = AsyncDelivery.this.guard;
            if (guard == null) {
                return stage(payload);
            }
            int attempt = steps.failures().attemptOf(this.message, record);
            ClaimAttempt answer = guard.open(record);
            if (answer instanceof OpenClaim open) {
                this.claim = open;
                return open.call(attempt, () -> stage(payload));
            }
            this.known = (answer instanceof ClaimAttempt.InProgress other) ? steps.postponed(record, other.until())
                    : steps.succeeded(this.message, record, false);
            return null;
        }

        private CompletionStage<Void> stage(Object payload) throws Exception {
            try {
                CompletionStage<Void> stage = AsyncDelivery.this.listener.onMessageAsync(ListenersCopy.of(payload));
                if (stage == null) {
                    throw new IllegalStateException("onMessageAsync returned null instead of a CompletionStage");
                }
                return stage;
            }
            catch (IdempotencyStoreException | InvalidRecordKeyException | UnreadableMessageException ex) {
                throw RaisedByListenerException.of(ex);
            }
            finally {
                DeliveryGate.forgetInterruption();
            }
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
            OpenClaim open = this.claim;
            if (open != null) {
                open.abandon();
            }
            this.observation.stop();
            AsyncDelivery.this.steps.end(this.start, null);
        }

        private DeliveryResult end(@Nullable Throwable ended) {
            DeliveryResult verdict = null;
            try {
                verdict = AsyncDelivery.this.steps.observations().end(this.observation, () -> conclude(ended));
                return verdict;
            }
            catch (RuntimeException | Error ex) {
                // A handler of observations, most likely: the claim must end all the
                // same, and what became of the message stands.
                verdict = this.concluding ? this.concluded : conclude(ended);
                if (verdict == null) {
                    throw ex;
                }
                logger.warn("The observation of message {} of topic {} failed", this.message.getMsgId(),
                        this.message.getTopic(), DescribableFailure.of(ex));
                return verdict;
            }
            finally {
                AsyncDelivery.this.steps.end(this.start, verdict);
            }
        }

        private DeliveryResult conclude(@Nullable Throwable ended) {
            this.concluding = true;
            DeliveryResult verdict = decide(ended);
            this.concluded = verdict;
            return verdict;
        }

        private DeliveryResult decide(@Nullable Throwable ended) {
            LoggingContext context = SingleDelivery.logging(this.message);
            try {
                DeliveryResult before = this.known;
                if (before != null) {
                    return before;
                }
                OpenClaim open = this.claim;
                RecordKey record = this.key;
                if (ended == null && record != null) {
                    return complete(open, record);
                }
                Throwable cause = (ended != null) ? ended : new IllegalStateException("ended without a beginning");
                if (open != null) {
                    open.release(cause);
                }
                return AsyncDelivery.this.steps.failed(this.message, record, cause);
            }
            finally {
                context.close();
            }
        }

        private DeliveryResult complete(@Nullable OpenClaim open, RecordKey record) {
            try {
                if (open != null) {
                    open.complete();
                }
                return AsyncDelivery.this.steps.succeeded(this.message, record, true);
            }
            catch (RuntimeException | Error ex) {
                return AsyncDelivery.this.steps.failed(this.message, record, ex);
            }
        }

    }

}

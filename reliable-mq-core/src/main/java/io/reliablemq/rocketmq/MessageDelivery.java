package io.reliablemq.rocketmq;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;

import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.LoggingContext;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.Verdict.Outcome;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.jspecify.annotations.Nullable;

/**
 * The way of one message through one listener: addressee, payload, identity, admission,
 * guard, listener, verdict.
 */
final class MessageDelivery {

    private final String group;

    private final PayloadReader payloads;

    private final KeyReader keys;

    private final IdempotencyGuard guard;

    private final RocketMQListener<Object> listener;

    private final FailureHandling failures;

    private final ConsumeMeters meters;

    private final ConsumeObservations observations;

    private final DeliveryLoad load;

    private final Admission admission;

    private final Clock clock;

    MessageDelivery(String group, PayloadReader payloads, KeyReader keys, IdempotencyGuard guard,
            RocketMQListener<Object> listener, FailureHandling failures, ConsumeMeters meters,
            ConsumeObservations observations, DeliveryLoad load, Clock clock) {
        this(group, payloads, keys, guard, listener, failures, meters, observations, load, Admission.OPEN, clock);
    }

    MessageDelivery(String group, PayloadReader payloads, KeyReader keys, IdempotencyGuard guard,
            RocketMQListener<Object> listener, FailureHandling failures, ConsumeMeters meters,
            ConsumeObservations observations, DeliveryLoad load, Admission admission, Clock clock) {
        this.group = group;
        this.payloads = payloads;
        this.keys = keys;
        this.guard = guard;
        this.listener = listener;
        this.failures = failures;
        this.meters = meters;
        this.observations = observations;
        this.load = load;
        this.admission = admission;
        this.clock = clock;
    }

    Verdict deliver(MessageExt message) {
        return this.observations.observe(message, () -> deliverObserved(message));
    }

    private Verdict deliverObserved(MessageExt message) {
        long start = System.nanoTime();
        String id = message.getProperty(ReliableHeaders.ID);
        LoggingContext context = LoggingContext.open((id != null) ? id : message.getMsgId(), message.getProperties());
        boolean failed = true;
        this.load.begin(1);
        try {
            Verdict verdict = decide(message);
            this.meters.record(verdict.outcome(), System.nanoTime() - start);
            failed = verdict.outcome().isFailure();
            return verdict;
        }
        finally {
            this.load.end(1, failed ? 1 : 0, System.nanoTime() - start);
            context.close();
        }
    }

    private Verdict decide(MessageExt message) {
        String addressee = message.getProperty(ReliableHeaders.TARGET_GROUP);
        if (addressee != null && !isThisGroup(addressee)) {
            return Verdict.acknowledge(Outcome.OTHER_GROUP);
        }
        RecordKey key = null;
        try {
            Object payload = this.payloads.read(message);
            key = this.keys.read(message, payload);
            Verdict instead = this.admission.admit(message, key);
            return (instead != null) ? instead : guarded(message, key, payload);
        }
        catch (IdempotencyStoreException ex) {
            this.observations.failed(ex);
            return this.failures.storeFailed(message, ex);
        }
        catch (UnreadableMessageException | InvalidRecordKeyException ex) {
            this.observations.failed(ex);
            return this.failures.park(message, key, message.getReconsumeTimes() + 1, ex);
        }
        catch (Throwable ex) {
            this.observations.failed(ex);
            return this.failures.listenerFailed(message, key, ex);
        }
    }

    /**
     * The addressee may be written with its namespace, the group of a container is not.
     */
    private boolean isThisGroup(String addressee) {
        return addressee.equals(this.group) || addressee.endsWith("%" + this.group);
    }

    private Verdict guarded(MessageExt message, RecordKey key, Object payload) throws Exception {
        Callable<Boolean> action = () -> {
            this.listener.onMessage(payload);
            return true;
        };
        GuardResult<Boolean> result = this.guard.execute(key, this.failures.attemptOf(message, key), action);
        if (result instanceof GuardResult.InProgress<Boolean> inProgress) {
            Duration remaining = Duration.between(this.clock.instant(), inProgress.until());
            return this.failures.postponed(key, remaining.isNegative() ? Duration.ZERO : remaining);
        }
        this.failures.succeeded(message, key, result instanceof GuardResult.Processed);
        return Verdict.acknowledge((result instanceof GuardResult.Duplicate) ? Outcome.DUPLICATE : Outcome.PROCESSED);
    }

}

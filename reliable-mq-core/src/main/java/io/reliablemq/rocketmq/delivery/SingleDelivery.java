package io.reliablemq.rocketmq.delivery;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;

import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.LoggingContext;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * The way of one message through one listener: addressee, payload, identity, admission,
 * guard, listener, verdict.
 */
public final class SingleDelivery {

    private final String group;

    private final PayloadReader payloads;

    private final KeyReader keys;

    private final IdempotencyGuard guard;

    private final Processing listener;

    private final FailureHandling failures;

    private final ConsumeMeters meters;

    private final ConsumeObservations observations;

    private final DeliveryLoad load;

    private final Admission admission;

    private final Clock clock;

    SingleDelivery(String group, PayloadReader payloads, KeyReader keys, IdempotencyGuard guard, Processing listener,
            FailureHandling failures, ConsumeMeters meters, ConsumeObservations observations, DeliveryLoad load,
            Clock clock) {
        this(group, payloads, keys, guard, listener, failures, meters, observations, load, Admission.OPEN, clock);
    }

    public SingleDelivery(String group, PayloadReader payloads, KeyReader keys, IdempotencyGuard guard,
            Processing listener, FailureHandling failures, ConsumeMeters meters, ConsumeObservations observations,
            DeliveryLoad load, Admission admission, Clock clock) {
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

    DeliveryResult deliver(MessageExt message) {
        return this.observations.observe(message, () -> deliverObserved(message));
    }

    private DeliveryResult deliverObserved(MessageExt message) {
        long start = begin();
        DeliveryResult verdict = null;
        LoggingContext context = logging(message);
        try {
            verdict = decide(message);
            return verdict;
        }
        finally {
            end(start, verdict);
            context.close();
        }
    }

    static LoggingContext logging(MessageExt message) {
        String id = Marks.read(message, ReliableHeaders.ID);
        return LoggingContext.open((id != null) ? id : message.getMsgId(), message.getProperties());
    }

    long begin() {
        return begin(1);
    }

    long begin(int messages) {
        this.load.begin(messages);
        return System.nanoTime();
    }

    void end(long start, @Nullable DeliveryResult verdict) {
        end(Collections.singletonList(verdict), start);
    }

    /** Messages that went together share the time. */
    void end(List<@Nullable DeliveryResult> verdicts, long start) {
        long nanos = System.nanoTime() - start;
        int failed = 0;
        for (DeliveryResult verdict : verdicts) {
            failed += (verdict == null || verdict.outcome().isFailure()) ? 1 : 0;
            if (verdict != null) {
                this.meters.record(verdict.outcome(), nanos / verdicts.size());
            }
        }
        this.load.end(verdicts.size(), failed, nanos);
    }

    void checkMarks(MessageExt message) {
        this.meters.checkMarks(message);
    }

    private DeliveryResult decide(MessageExt message) {
        checkMarks(message);
        if (isForAnother(message)) {
            return DeliveryResult.acknowledge(Outcome.OTHER_GROUP);
        }
        RecordKey key = null;
        try {
            Object payload = this.payloads.read(message);
            key = this.keys.read(message, payload);
            DeliveryResult instead = admit(message, key);
            return (instead != null) ? instead : guarded(message, key, payload);
        }
        catch (Throwable ex) {
            return failed(message, key, ex);
        }
    }

    /** What becomes of the message instead, {@code null} if it may go on. */
    @Nullable DeliveryResult admit(MessageExt message, RecordKey key) {
        return this.admission.admit(message, key);
    }

    DeliveryResult failed(MessageExt message, @Nullable RecordKey key, Throwable ex) {
        this.observations.failed(DescribableFailure.of(RaisedByListenerException.unwrap(ex)));
        if (ex instanceof IdempotencyStoreException store) {
            return this.failures.storeFailed(message, store);
        }
        if (ex instanceof UnreadableMessageException || ex instanceof InvalidRecordKeyException) {
            return this.failures.unreadable(message, key, ex);
        }
        return this.failures.listenerFailed(message, key, ex);
    }

    /** Only in the topic that the copy was sent to. */
    boolean isForAnother(MessageExt message) {
        String addressee = Marks.read(message, ReliableHeaders.TARGET_GROUP);
        String topic = Marks.read(message, GroupRedelivery.TARGET_TOPIC);
        return addressee != null && !isNamed(addressee, this.group)
                && (topic == null || isNamed(topic, message.getTopic()));
    }

    /** It may be written with its namespace, that of a container is not. */
    private static boolean isNamed(String written, String name) {
        return written.equals(name) || written.endsWith("%" + name);
    }

    private DeliveryResult guarded(MessageExt message, RecordKey key, Object payload) throws Exception {
        Callable<Boolean> action = () -> {
            process(payload);
            return true;
        };
        GuardResult<Boolean> result = this.guard.execute(key, this.failures.attemptOf(message, key), action);
        if (result instanceof GuardResult.InProgress<Boolean> inProgress) {
            return postponed(key, inProgress.until());
        }
        return succeeded(message, key, result instanceof GuardResult.Processed);
    }

    /** What the application wrote. */
    void process(Object payload) throws Exception {
        try {
            this.listener.process(ListenersCopy.of(payload));
        }
        catch (IdempotencyStoreException | InvalidRecordKeyException | UnreadableMessageException ex) {
            throw RaisedByListenerException.of(ex);
        }
        finally {
            DeliveryGate.forgetInterruption();
        }
    }

    DeliveryResult postponed(RecordKey key, Instant until) {
        Duration remaining = Duration.between(this.clock.instant(), until);
        return this.failures.postponed(key, remaining.isNegative() ? Duration.ZERO : remaining);
    }

    DeliveryResult succeeded(MessageExt message, RecordKey key, boolean processed) {
        this.failures.succeeded(message, key, processed);
        return DeliveryResult.acknowledge(processed ? Outcome.PROCESSED : Outcome.DUPLICATE);
    }

    PayloadReader payloads() {
        return this.payloads;
    }

    KeyReader keys() {
        return this.keys;
    }

    FailureHandling failures() {
        return this.failures;
    }

    Admission admission() {
        return this.admission;
    }

    ConsumeObservations observations() {
        return this.observations;
    }

}

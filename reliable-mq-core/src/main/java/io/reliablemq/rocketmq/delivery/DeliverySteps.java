package io.reliablemq.rocketmq.delivery;

import java.time.Clock;
import java.time.Duration;
import java.util.List;

import io.reliablemq.idempotency.GuardResult;
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
 * The steps of a delivery to one listener, the same for a single message, a batch and an
 * asynchronous listener:
 * <ol>
 * <li>Begin: it counts as running, and so do headers that were made for another message.
 * <li>Addressee: a copy for another group is acknowledged.
 * <li>Payload: the body is converted to what the listener takes.
 * <li>Key: the identity of the message is read.
 * <li>Admission: under overload the message may be deferred or dropped instead.
 * <li>Guard and listener: the listener is called if the guard can claim the key. Who
 * calls the guard, for how many messages and on which thread, is up to the delivery.
 * <li>Result: processed, a duplicate or in progress elsewhere, as the guard says; or
 * failed, and to be delivered again or parked.
 * <li>End: it is timed by its outcome, and counts as completed or failed.
 * </ol>
 */
record DeliverySteps(String group, PayloadReader payloads, KeyReader keys, Admission admission,
        FailureHandling failures, ConsumeMeters meters, ConsumeObservations observations, DeliveryLoad load,
        Clock clock) {

    static LoggingContext logging(MessageExt message) {
        String id = Marks.read(message, ReliableHeaders.ID);
        return LoggingContext.open((id != null) ? id : message.getMsgId(), message.getProperties());
    }

    /** Step 1. Returns when that was, in nanoseconds. */
    long begin(List<MessageExt> messages) {
        this.load.begin(messages.size());
        messages.forEach(this.meters::checkMarks);
        return System.nanoTime();
    }

    /**
     * Steps 2 to 5; what fails there is to be handed to {@link #failed}.
     * @return the result if the message is not to be processed; {@code null} if it is,
     * and payload and key are known
     */
    @Nullable DeliveryResult prepare(Delivery delivery) {
        MessageExt message = delivery.message();
        if (isForAnother(message)) {
            return DeliveryResult.acknowledge(Outcome.OTHER_GROUP);
        }
        Object payload = this.payloads.read(message);
        delivery.payload(payload);
        RecordKey key = this.keys.read(message, payload);
        delivery.key(key);
        return this.admission.admit(message, key);
    }

    /** Only in the topic that the copy was sent to. */
    private boolean isForAnother(MessageExt message) {
        String addressee = Marks.read(message, ReliableHeaders.TARGET_GROUP);
        String topic = Marks.read(message, GroupRedelivery.TARGET_TOPIC);
        return addressee != null && !isNamed(addressee, this.group)
                && (topic == null || isNamed(topic, message.getTopic()));
    }

    /** It may be written with its namespace, that of a container is not. */
    private static boolean isNamed(String written, String name) {
        return written.equals(name) || written.endsWith("%" + name);
    }

    /** For step 6. Returns the number of this attempt, from 1. */
    int attempt(Delivery delivery) {
        return this.failures.attemptOf(delivery.message(), delivery.key());
    }

    /** For step 6: calls what the application wrote. */
    static <T> T call(Delivery delivery, Processing<T> listener) throws Exception {
        try {
            return listener.process(ListenersCopy.of(delivery.payload()));
        }
        catch (IdempotencyStoreException | InvalidRecordKeyException | UnreadableMessageException ex) {
            throw RaisedByListenerException.of(ex);
        }
        finally {
            DeliveryGate.forgetInterruption();
        }
    }

    /** Step 7, where the guard has answered. */
    DeliveryResult result(Delivery delivery, GuardResult<?> answer) {
        if (answer instanceof GuardResult.InProgress<?> other) {
            Duration remaining = Duration.between(this.clock.instant(), other.until());
            return this.failures.postponed(delivery.key(), remaining.isNegative() ? Duration.ZERO : remaining);
        }
        boolean processed = answer instanceof GuardResult.Processed;
        this.failures.succeeded(delivery.message(), delivery.key(), processed);
        return DeliveryResult.acknowledge(processed ? Outcome.PROCESSED : Outcome.DUPLICATE);
    }

    /** Step 7, where any step has thrown. */
    DeliveryResult failed(Delivery delivery, Throwable ex) {
        this.observations.failed(DescribableFailure.of(RaisedByListenerException.unwrap(ex)));
        if (ex instanceof IdempotencyStoreException store) {
            return this.failures.storeFailed(delivery.message(), store);
        }
        if (ex instanceof UnreadableMessageException || ex instanceof InvalidRecordKeyException) {
            return this.failures.unreadable(delivery.message(), delivery.keyIfKnown(), ex);
        }
        return this.failures.listenerFailed(delivery.message(), delivery.keyIfKnown(), ex);
    }

    /**
     * Step 8. Messages that were delivered together share the time.
     * @param results what is {@code null} has ended without one
     * @param start as {@link #begin} returned it
     */
    void end(List<@Nullable DeliveryResult> results, long start) {
        long nanos = System.nanoTime() - start;
        int failed = 0;
        for (DeliveryResult result : results) {
            failed += (result == null || result.outcome().isFailure()) ? 1 : 0;
            if (result != null) {
                this.meters.record(result.outcome(), nanos / results.size());
            }
        }
        this.load.end(results.size(), failed, nanos);
    }

}

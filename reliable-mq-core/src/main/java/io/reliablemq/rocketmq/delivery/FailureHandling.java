package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.TransactionConflicts;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.retry.Attempt;
import io.reliablemq.retry.AttemptStore;
import io.reliablemq.retry.RetryPolicy;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Error handler of deliveries. Of a message whose listener has failed:
 * <ol>
 * <li>While the container closes, nothing is counted, and it is delivered again.
 * <li>After a conflict of transactions it is postponed, which is no failure, unless that
 * happened too often.
 * <li>Its failure is counted.
 * <li>It is parked if the listener or the policy says so, or its attempts are exhausted.
 * <li>Else it is delivered again after the policy's delay.
 * </ol>
 * A message that cannot be read is parked at once; where a store could not answer, it is
 * delivered again and nothing is counted.
 * <p>
 * Crash points: before the count is written, the failure goes uncounted and the message
 * comes again; between count and send-back or parking, it comes again and is counted on;
 * between parking and acknowledgement, it is delivered and parked once more.
 */
public final class FailureHandling {

    private static final Logger logger = LoggerFactory.getLogger(FailureHandling.class);

    /** More than half an hour of them; from then on each counts as a failure. */
    static final int MOST_CONFLICTS = 100;

    private static final int CONFLICTS_PER_WARNING = 10;

    private final RetryPolicy policy;

    private final @Nullable AttemptStore attempts;

    private final ParkingPlace deadLetters;

    private final BooleanSupplier closing;

    /**
     * Without a store of attempts, RocketMQ's own counter of redeliveries counts. What
     * fails while the container closes was interrupted, most likely, and does not count.
     */
    public FailureHandling(RetryPolicy policy, @Nullable AttemptStore attempts, ParkingPlace deadLetters,
            BooleanSupplier closing) {
        this.policy = policy;
        this.attempts = attempts;
        this.deadLetters = deadLetters;
        this.closing = closing;
    }

    /** Asks the store only where it can know something. */
    int attemptOf(MessageExt message, RecordKey key) {
        if (this.attempts == null || message.getReconsumeTimes() == 0) {
            return message.getReconsumeTimes() + 1;
        }
        AttemptStore store = this.attempts;
        return ask(key, () -> store.find(key)).map((attempt) -> attempt.failures() + 1).orElse(1);
    }

    /** Whatever a store throws, it is not the listener that has failed. */
    private static <T> T ask(RecordKey key, Supplier<T> question) {
        try {
            return question.get();
        }
        catch (IdempotencyStoreException ex) {
            throw ex;
        }
        catch (RuntimeException | Error ex) {
            throw new IdempotencyStoreException("The store of attempts failed for " + key.identity() + " of "
                    + key.group() + ": " + ex.getClass().getName(), ex);
        }
    }

    /** The listener has processed the message, or it was skipped as a duplicate. */
    void succeeded(MessageExt message, RecordKey key, boolean processed) {
        if (Marks.read(message, ReliableHeaders.LETTER_ID) != null) {
            this.deadLetters.delivered(message, key, processed);
        }
        if (message.getReconsumeTimes() > 0) {
            forget(key);
        }
    }

    DeliveryResult postponed(RecordKey key, Duration delay) {
        AttemptStore store = this.attempts;
        if (store != null) {
            Attempt unused = ask(key, () -> store.recordPostponement(key, delay));
        }
        return DeliveryResult.again(Outcome.IN_PROGRESS, delay);
    }

    /** The store could not answer: nothing is known, nothing is counted. */
    DeliveryResult storeFailed(MessageExt message, IdempotencyStoreException failure) {
        Duration delay = this.policy.delayAfter(1);
        logger.warn("The idempotency store could not answer for message {} of topic {}; it comes again in {}",
                message.getMsgId(), message.getTopic(), delay, failure);
        return DeliveryResult.again(Outcome.FAILED, delay);
    }

    public DeliveryResult listenerFailed(MessageExt message, @Nullable RecordKey key, Throwable thrown) {
        boolean toBeParked = thrown instanceof ParkedByListenerException;
        Throwable failure = RaisedByListenerException.unwrap(ParkedByListenerException.unwrap(thrown));
        if (this.closing.getAsBoolean()) {
            logger.info("Processing of message {} of topic {} failed while the application closes; it comes again",
                    message.getMsgId(), message.getTopic(), DescribableFailure.of(failure));
            return DeliveryResult.again(Outcome.FAILED, this.policy.delayAfter(1));
        }
        DeliveryResult conflict = (key != null && !toBeParked) ? conflictOf(message, key, failure) : null;
        if (conflict != null) {
            return conflict;
        }
        int failures = count(message, key, failure);
        if (toBeParked || this.policy.isExhausted(failures, failure)) {
            boolean exhausted = this.policy.maxAttempts() > 0 && failures >= this.policy.maxAttempts();
            return park(message, key, exhausted ? ParkingReason.EXHAUSTED : ParkingReason.NOT_RETRYABLE, failures,
                    failure);
        }
        Duration delay = this.policy.delayAfter(failures);
        logger.warn("Processing of message {} of topic {} failed (failure {}); it comes again in {}",
                message.getMsgId(), message.getTopic(), failures, delay, DescribableFailure.of(failure));
        return DeliveryResult.again(Outcome.FAILED, delay);
    }

    /**
     * Another transaction was in the way, and nothing is wrong with the message: it is
     * put off, and that is no failure. One that never finds its way is, in the end.
     * @return {@code null} if it is a failure
     */
    private @Nullable DeliveryResult conflictOf(MessageExt message, RecordKey key, Throwable failure) {
        if (!TransactionConflicts.isConflict(failure) || this.policy.isExhausted(0, failure)) {
            return null;
        }
        int before = message.getReconsumeTimes();
        Duration delay = conflictDelay(before + 1);
        try {
            if (this.attempts != null) {
                before = (before == 0) ? 0 : this.attempts.find(key).map(Attempt::postponements).orElse(0);
                delay = conflictDelay(before + 1);
            }
            if (before >= MOST_CONFLICTS) {
                return null;
            }
            if (this.attempts != null) {
                this.attempts.recordPostponement(key, delay);
            }
        }
        catch (RuntimeException | Error ex) {
            failure.addSuppressed(ex);
        }
        // Without its text, which may quote what was to be written.
        logger.atLevel((before % CONFLICTS_PER_WARNING == CONFLICTS_PER_WARNING - 1) ? Level.WARN : Level.INFO)
            .log("The transaction of message {} of topic {} met another one ({}), postponed {} times before;"
                    + " it comes again in {}", message.getMsgId(), message.getTopic(), failure.getClass().getName(),
                    before, delay);
        return DeliveryResult.again(Outcome.IN_PROGRESS, delay);
    }

    /** Soon at first: most conflicts are over by then. */
    private static Duration conflictDelay(int conflicts) {
        if (conflicts <= 8) {
            return Duration.ofSeconds(1);
        }
        return Duration.ofSeconds((conflicts <= 24) ? 5 : 30);
    }

    /** The listener was not called: it gets no payload, or there is no key. */
    public DeliveryResult unreadable(MessageExt message, @Nullable RecordKey key, Throwable failure) {
        return park(message, key, ParkingReason.UNREADABLE, message.getReconsumeTimes() + 1, failure);
    }

    private DeliveryResult park(MessageExt message, @Nullable RecordKey key, ParkingReason reason, int failures,
            Throwable failure) {
        ParkingResult result;
        try {
            result = this.deadLetters.park(message, key, reason, failures, failure);
        }
        catch (RuntimeException | Error ex) {
            // Whatever it is: what is not known to be parked comes again.
            Duration delay = this.policy.delayAfter(Math.max(1, failures));
            logger.error("Message {} of topic {} could not be parked; it comes again in {}", message.getMsgId(),
                    message.getTopic(), delay, DescribableFailure.of(ex));
            return DeliveryResult.again(Outcome.FAILED, delay);
        }
        if (result == ParkingResult.IN_PROGRESS) {
            // Nobody knows yet whether the other copy succeeds.
            return DeliveryResult.again(Outcome.IN_PROGRESS, this.policy.delayAfter(1));
        }
        if (key != null) {
            forget(key);
        }
        if (result == ParkingResult.ALREADY_DONE) {
            return DeliveryResult.acknowledge(Outcome.DUPLICATE);
        }
        logger.error("Message {} of topic {} is parked in {} after {} failures", message.getMsgId(), message.getTopic(),
                this.deadLetters.description(), failures, DescribableFailure.of(loggable(failure)));
        return DeliveryResult.acknowledge(Outcome.PARKED);
    }

    /** What a converter complains about quotes the payload. */
    public static Throwable loggable(Throwable failure) {
        if (!(failure instanceof UnreadableMessageException) || failure.getCause() == null) {
            return failure;
        }
        return new ReliableMQException(failure.getMessage() + " (" + failure.getCause().getClass().getName() + ")");
    }

    private int count(MessageExt message, @Nullable RecordKey key, Throwable failure) {
        if (this.attempts == null || key == null) {
            return message.getReconsumeTimes() + 1;
        }
        try {
            return this.attempts.recordFailure(key, failure, this.policy::delayAfter).failures();
        }
        catch (RuntimeException | Error ex) {
            failure.addSuppressed(ex);
            // Counted too low rather than too high: the message must not be given up
            // early.
            return 1;
        }
    }

    private void forget(RecordKey key) {
        if (this.attempts == null) {
            return;
        }
        try {
            this.attempts.clear(key);
        }
        catch (RuntimeException | Error ex) {
            // Whatever it is: the message is done, and must not come again for it.
            logger.warn("Could not forget the failed attempts of {} of {}; they are purged later", key.identity(),
                    key.group(), ex);
        }
    }

}

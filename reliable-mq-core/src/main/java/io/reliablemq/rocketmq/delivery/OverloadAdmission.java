package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.listener.OverloadAction;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admission under overload: defers or drops the messages of a degraded listener, if its
 * settings allow that. A replayed dead letter is admitted, since an operator wants it
 * now. Crash points: before the copy or the record is confirmed, the message comes again
 * as it was; between that and the acknowledgement, it comes again as well: as a second
 * copy, which the guard absorbs, or as one that is known to be dropped.
 */
record OverloadAdmission(Supplier<OverloadAction> action, Deferral deferral, Dropping dropping,
        Duration retryDelay) implements Admission {

    private static final Logger logger = LoggerFactory.getLogger(OverloadAdmission.class);

    @Override
    public @Nullable DeliveryResult admit(MessageExt message, RecordKey key) {
        return switch (this.action.get()) {
            case NONE, PAUSED, SLOWED -> null;
            case DEFERRED -> isReplay(message) ? null : defer(message);
            case DROPPED -> isReplay(message) ? null : drop(message, key);
        };
    }

    private static boolean isReplay(MessageExt message) {
        return Marks.read(message, ReliableHeaders.LETTER_ID) != null;
    }

    private DeliveryResult defer(MessageExt message) {
        try {
            this.deferral.defer(message);
            return DeliveryResult.acknowledge(Outcome.DEFERRED);
        }
        catch (ReliableMQException ex) {
            logger.warn("Message {} of topic {} could not be deferred; it comes again in {}", message.getMsgId(),
                    message.getTopic(), this.retryDelay, ex);
            return DeliveryResult.again(Outcome.FAILED, this.retryDelay);
        }
    }

    private DeliveryResult drop(MessageExt message, RecordKey key) {
        ParkingResult result;
        try {
            result = this.dropping.drop(message, key);
        }
        catch (ParkingFailedException ex) {
            logger.warn("Message {} of topic {} could not be dropped; it comes again in {}", message.getMsgId(),
                    message.getTopic(), this.retryDelay, ex);
            return DeliveryResult.again(Outcome.FAILED, this.retryDelay);
        }
        return switch (result) {
            case PARKED -> DeliveryResult.acknowledge(Outcome.DROPPED);
            case ALREADY_DONE -> DeliveryResult.acknowledge(Outcome.DUPLICATE);
            case IN_PROGRESS -> DeliveryResult.again(Outcome.IN_PROGRESS, this.retryDelay);
        };
    }

}

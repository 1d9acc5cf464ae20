package io.reliablemq.rocketmq.delivery;

import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.RecordKey;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Drops a message under overload, by recording that it is not to be processed.
 */
@FunctionalInterface
public interface Dropping {

    /**
     * Returns when that is recorded, or need not be.
     * @throws ParkingFailedException if that is not certain
     * @throws io.reliablemq.idempotency.IdempotencyStoreException likewise
     */
    ParkingResult drop(MessageExt message, RecordKey key);

}

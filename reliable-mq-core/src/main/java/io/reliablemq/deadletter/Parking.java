package io.reliablemq.deadletter;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.StoredMessage;

/**
 * A delivery to be parked.
 *
 * @param key the message's record; a message without a key of its own goes by its id
 * @param message the message as it was delivered
 * @param origin where it came from
 * @param reason why it is given up
 * @param failures how often the listener failed
 * @param failure what it threw last
 */
public record Parking(RecordKey key, StoredMessage message, DeliveryOrigin origin, ParkingReason reason, int failures,
        ParkingFailure failure) {
}

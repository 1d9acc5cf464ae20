package io.reliablemq.deadletter;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A delivery to be parked.
 *
 * @param key the message's record; a message without a key of its own goes by its id
 * @param message the message as it was delivered
 * @param origin where it came from
 * @param reason why it is given up
 * @param failures how often the listener failed
 * @param failure what it threw last
 * @param missing why the letter is without the message's payload, and where that is;
 * {@code null} if the letter has it
 */
public record Parking(RecordKey key, StoredMessage message, DeliveryOrigin origin, ParkingReason reason, int failures,
        ParkingFailure failure, @Nullable String missing) {

    /**
     * A delivery whose letter has the whole message.
     * @param key the message's record; a message without a key of its own goes by its id
     * @param message the message as it was delivered
     * @param origin where it came from
     * @param reason why it is given up
     * @param failures how often the listener failed
     * @param failure what it threw last
     */
    public Parking(RecordKey key, StoredMessage message, DeliveryOrigin origin, ParkingReason reason, int failures,
            ParkingFailure failure) {
        this(key, message, origin, reason, failures, failure, null);
    }

    /**
     * The same without its payload, which is kept somewhere else.
     * @param why why, and where it is
     * @return this delivery for a letter without a payload
     */
    public Parking without(String why) {
        return new Parking(this.key, this.message, this.origin, this.reason, this.failures, this.failure, why);
    }

}

package io.reliablemq.rocketmq.delivery;

import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.rocketmq.ListenerDescription;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Parks the messages of one consumer group.
 */
public interface ParkingPlace {

    /** For logs. */
    String description();

    /**
     * Returns when the message is stored, or need not be.
     * @throws ParkingFailedException if that is not certain
     */
    ParkingResult park(MessageExt message, @Nullable RecordKey key, ParkingReason reason, int failures,
            Throwable failure);

    /**
     * Records messages that are left out.
     * @return {@code null} where that cannot be recorded beside the parked ones
     */
    @Nullable Dropping dropping();

    /**
     * Notes what became of a copy that was made of a letter: processed or skipped. What
     * fails here is found out later.
     */
    void delivered(MessageExt message, RecordKey key, boolean processed);

    /**
     * Chooses the place of a listener when it is taken over.
     */
    @FunctionalInterface
    interface Factory {

        /**
         * Opens the place.
         * @param records the store of the listener's records; {@code null} if it is not
         * guarded
         */
        ParkingPlace open(ListenerDescription listener, PayloadReader payloads, KeyReader keys,
                @Nullable Object records);

    }

}

package io.reliablemq.deadletter;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.StoredMessage;

/**
 * Letters for tests.
 */
final class Letters {

    private Letters() {
    }

    static DeadLetter letter(long id, DeadLetterStatus status) {
        return new DeadLetter(id, RecordKey.ofMessageId("g", id), "orders", null, List.of(), null, null, status,
                ParkingReason.EXHAUSTED, 1, 0, null, null, Instant.EPOCH, Instant.EPOCH, 1, 0,
                new DeadLetter.Replay(null, 1, Instant.EPOCH), null, null);
    }

    static DeadLetterDetails details(DeadLetter letter) {
        return new DeadLetterDetails(letter, message(), origin(), null);
    }

    static Parking parking(long id) {
        return new Parking(RecordKey.ofMessageId("g", id), message(), origin(), ParkingReason.EXHAUSTED, 1,
                new ParkingFailure(null, null, null));
    }

    private static DeliveryOrigin origin() {
        return new DeliveryOrigin("b", 1, 2, null, null, 0);
    }

    private static StoredMessage message() {
        return new StoredMessage(1L, null, StoredMessage.DEFAULT_CLUSTER, "orders", null, List.of(), null, Map.of(),
                new byte[] { 1 }, null);
    }

}

package io.reliablemq.idempotency;

import java.time.Duration;

import io.reliablemq.Internal;

/**
 * Records that are kept apart from the dead letters, so that both cannot change together.
 * Each method is atomic by itself and throws {@link IdempotencyStoreException} when the
 * store cannot answer.
 */
@Internal
public interface ParkableRecords {

    /**
     * Lets later deliveries be skipped, unless the message is done or being processed. A
     * parked record does not expire.
     * @param key the record
     * @return the state afterwards: PARKED, or DONE or CLAIMED and nothing was changed
     */
    RecordState park(RecordKey key);

    /**
     * Lets the next delivery claim a parked record. Any other stays as it is.
     * @param key the record
     * @return the state afterwards
     */
    RecordState free(RecordKey key);

    /**
     * Lets all later deliveries be skipped, unless somebody is processing the message.
     * @param key the record
     * @param retention how long to remember that at least
     * @return the state afterwards: DONE, or CLAIMED and nothing was changed
     */
    RecordState discard(RecordKey key, Duration retention);

    /**
     * Reads the state.
     * @param key the record
     * @return the state
     */
    RecordState state(RecordKey key);

}

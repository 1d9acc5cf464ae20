package io.reliablemq.idempotency;

import io.reliablemq.Internal;

/**
 * A store that can note that a message was left out on purpose.
 */
@Internal
public interface DroppableRecords {

    /**
     * Lets all deliveries of a message be skipped and says so by a state of its own. Uses
     * a transaction of its own.
     * @param key the record
     * @return PARKED if the message is dropped by this call; else nothing was changed,
     * and it is CLAIMED by somebody who processes it, or DONE: processed, parked, dropped
     * or discarded before
     * @throws IdempotencyStoreException if the store cannot answer; the message may be
     * dropped then, and the call can be repeated
     */
    RecordState drop(RecordKey key);

}

package io.reliablemq.idempotency;

import io.reliablemq.Internal;

/**
 * What a record says about its message, as far as parking and replaying need to know.
 */
@Internal
public enum RecordState {

    /** There is no record. */
    ABSENT,

    /** There is one that the next delivery may claim. */
    FREE,

    /** Somebody is processing the message. */
    CLAIMED,

    /** Given up, or dropped; deliveries are skipped, a replay is possible. */
    PARKED,

    /** Done, or left out for good; deliveries are skipped. */
    DONE

}

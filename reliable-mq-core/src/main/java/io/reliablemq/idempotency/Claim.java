package io.reliablemq.idempotency;

import java.time.Duration;

/**
 * What a store answers to a claim.
 */
public sealed interface Claim {

    /**
     * The record is the caller's.
     *
     * @param token fencing token: greater than every token given out for this record
     * before
     */
    record Acquired(long token) implements Claim {
    }

    /** The effect has happened already: acknowledge the message without processing it. */
    record AlreadyDone() implements Claim {
    }

    /**
     * Somebody else is processing it.
     *
     * @param remaining how long that claim can still last; zero where the store cannot
     * know (a row lock)
     */
    record Held(Duration remaining) implements Claim {
    }

}

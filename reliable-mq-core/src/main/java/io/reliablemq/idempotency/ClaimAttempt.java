package io.reliablemq.idempotency;

import java.time.Instant;

import io.reliablemq.Internal;

/**
 * What became of an attempt to claim a record whose action ends elsewhere than it began.
 */
@Internal
public sealed interface ClaimAttempt permits OpenClaim, ClaimAttempt.Duplicate, ClaimAttempt.InProgress {

    /** The effect had happened before. */
    record Duplicate() implements ClaimAttempt {
    }

    /**
     * Somebody else is at it.
     *
     * @param until when that claim ends at the latest unless it is renewed
     */
    record InProgress(Instant until) implements ClaimAttempt {
    }

}

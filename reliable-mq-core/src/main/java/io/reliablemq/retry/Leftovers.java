package io.reliablemq.retry;

import java.time.Duration;
import java.time.Instant;

import io.reliablemq.Internal;
import io.reliablemq.idempotency.RecordKey;

/**
 * Tells the attempts at a message from those that an earlier message of the same business
 * key has left behind: a fresh copy of that one may have succeeded, and its record may
 * have been purged since.
 */
@Internal
public final class Leftovers {

    /** More than a message that is still redelivered is overdue. */
    public static final Duration OVERDUE = Duration.ofDays(1);

    private Leftovers() {
    }

    /**
     * Whether a state can be of an earlier message: the key is one that can come again.
     * @param key the message that has failed now
     * @return {@code false} for identities that belong to one message for good
     */
    public static boolean arePossible(RecordKey key) {
        return key.identity().startsWith("k:");
    }

    /**
     * Whether a state is of an earlier message.
     * @param key the message that has failed now
     * @param same whether the state was counted for the same id
     * @param due when the next delivery was due
     * @param now the store's time
     * @return whether to count from zero
     */
    public static boolean areLeft(RecordKey key, boolean same, Instant due, Instant now) {
        return arePossible(key) && !same && due.plus(OVERDUE).isBefore(now);
    }

}

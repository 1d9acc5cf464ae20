package io.reliablemq.listener;

import java.time.Duration;

import io.reliablemq.Internal;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;

/**
 * What holds for every guarded listener that says nothing else.
 *
 * @param store where the records are kept
 * @param mode how record and effect are tied together
 * @param lease how long a claim lasts without renewal
 * @param retention how long records are remembered
 * @param replayAllowance how long after its last retry a message may be replayed
 * @param allowShortRetention whether a retention that cannot stop every duplicate is
 * accepted
 */
@Internal
public record IdempotencyDefaults(IdempotencyStoreType store, IdempotencyMode mode, Duration lease, Duration retention,
        Duration replayAllowance, boolean allowShortRetention) {

    /**
     * The defaults of the library.
     * @return lease 1 minute, retention 7 days, replay allowance 3 days
     */
    public static IdempotencyDefaults defaults() {
        return new IdempotencyDefaults(IdempotencyStoreType.AUTO, IdempotencyMode.AUTO, Duration.ofMinutes(1),
                Duration.ofDays(7), Duration.ofDays(3), false);
    }

}

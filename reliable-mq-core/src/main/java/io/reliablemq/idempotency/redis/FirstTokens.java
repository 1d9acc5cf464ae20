package io.reliablemq.idempotency.redis;

import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tokens for records that nobody has claimed before. No two calls of one instance get the
 * same, so that instance and token tell claims apart.
 */
final class FirstTokens {

    private final String instance = UUID.randomUUID() + ":";

    private final AtomicLong last = new AtomicLong();

    private final Clock clock;

    FirstTokens(Clock clock) {
        this.clock = clock;
    }

    long next() {
        long now = Math.max(1, this.clock.millis());
        return this.last.accumulateAndGet(now, (before, time) -> Math.max(before + 1, time));
    }

    /** Whoever has claimed a record first with this token. */
    String nonce(long token) {
        return this.instance + token;
    }

    /** What all nonces begin with, the token follows. */
    String instance() {
        return this.instance;
    }

}

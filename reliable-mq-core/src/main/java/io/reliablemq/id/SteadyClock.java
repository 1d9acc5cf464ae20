package io.reliablemq.id;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads the clock and waits for it, within bounds, to pass a timestamp.
 */
final class SteadyClock {

    /** Well below a millisecond, of which the rest suffices to draw a full sequence. */
    private static final long PAUSE_NANOS = 20_000;

    /** A clock that has not moved for so long (beyond the bound) stands still. */
    private static final long STANDSTILL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Clock clock;

    private final long boundMillis;

    SteadyClock(Clock clock, Duration bound) {
        if (bound.isNegative()) {
            throw new IllegalArgumentException("The wait for the clock must not be negative but is " + bound + ".");
        }
        this.clock = clock;
        this.boundMillis = bound.toMillis();
    }

    long millis() {
        return this.clock.millis();
    }

    void awaitAfter(long timestamp) {
        long start = System.nanoTime();
        long patience = TimeUnit.MILLISECONDS.toNanos(this.boundMillis) + STANDSTILL_NANOS;
        while (true) {
            boolean late = System.nanoTime() - start > patience;
            long now = this.clock.millis();
            if (now > timestamp) {
                return;
            }
            long behind = timestamp - now;
            if (behind > this.boundMillis || late) {
                throw new ClockMovedBackwardsException(behind, this.boundMillis);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

}

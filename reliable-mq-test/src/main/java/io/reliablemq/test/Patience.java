package io.reliablemq.test;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits for a condition that holds within milliseconds as a rule.
 */
final class Patience {

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private Patience() {
    }

    static void await(String what, Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new EmbeddedBrokerException("After " + limit.toSeconds() + " s still not: " + what
                        + ". Is the machine overloaded or its disk full? Start again.");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

}

package io.reliablemq.test.contract;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Asks again until the answer is the one that is waited for.
 */
final class Polling {

    /** Long, because a busy machine is slow; never reached when all is well. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final long PAUSE_NANOS = 10_000_000;

    private Polling() {
    }

    static <T> T until(Supplier<T> question, Predicate<T> wanted) {
        long start = System.nanoTime();
        T answer = question.get();
        while (!wanted.test(answer)) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new AssertionError("Still " + answer + " after " + PATIENCE);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            answer = question.get();
        }
        return answer;
    }

}

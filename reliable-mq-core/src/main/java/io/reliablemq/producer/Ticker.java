package io.reliablemq.producer;

import java.time.Duration;

/**
 * A source of elapsed time and of pauses, replaced in tests so that they need not wait.
 */
interface Ticker {

    /** The JVM's own: not moved by changes of the wall clock. */
    Ticker SYSTEM = new Ticker() {

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            Thread.sleep(duration.toMillis(), duration.toNanosPart() % 1_000_000);
        }

    };

    long nanos();

    void sleep(Duration duration) throws InterruptedException;

    default Duration since(long start) {
        return Duration.ofNanos(nanos() - start);
    }

}

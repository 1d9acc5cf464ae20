package io.reliablemq.producer;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Decides whether and when a message is handed to a broker again. It is asked only while
 * another attempt can help: never after a permanent failure, an interrupt, the deadline,
 * or a second answer with too low a status. A wait that would pass the deadline ends the
 * send at once. Called by many threads at a time.
 */
@FunctionalInterface
public interface SendRetryPolicy {

    /**
     * Decides what follows an attempt that did not succeed.
     * @param attempt the attempt
     * @return the time to wait before the next one, or empty to give up
     */
    Optional<Duration> nextDelay(FailedAttempt attempt);

    /**
     * Backoff that grows and is varied at random, up to a number of attempts.
     * @param maxAttempts most attempts, the first included
     * @param backoff the waiting times
     * @return the policy
     */
    static SendRetryPolicy exponential(int maxAttempts, Backoff backoff) {
        return (attempt) -> (attempt.number() < maxAttempts)
                ? Optional.of(backoff.after(attempt.number(), ThreadLocalRandom.current().nextDouble()))
                : Optional.empty();
    }

}

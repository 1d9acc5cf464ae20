package io.reliablemq.retry;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What to do after a listener failed.
 *
 * @param maxAttempts number of failures after which the message is parked; 0 for never
 * @param backoff wait after the first, second, … failure; the last one repeats
 * @param notRetryable exceptions (subclasses and causes too) after which the message is
 * parked at once
 */
public record RetryPolicy(int maxAttempts, List<Duration> backoff, List<Class<? extends Throwable>> notRetryable) {

    /**
     * Copies the lists.
     * @throws IllegalArgumentException if the number is negative or no wait is given
     */
    public RetryPolicy {
        if (maxAttempts < 0) {
            throw new IllegalArgumentException("max-attempts is " + maxAttempts + ": give 1 or more, or 0 for no end");
        }
        if (backoff.isEmpty() || backoff.stream().anyMatch((wait) -> wait.isNegative() || wait.isZero())) {
            throw new IllegalArgumentException("backoff is " + backoff + ": give one or more waits above zero");
        }
        backoff = List.copyOf(backoff);
        notRetryable = List.copyOf(notRetryable);
    }

    /**
     * The wait after a failure.
     * @param failures number of failures so far, from 1
     * @return the wait before the next delivery
     */
    public Duration delayAfter(int failures) {
        return this.backoff.get(Math.min(Math.max(failures, 1), this.backoff.size()) - 1);
    }

    /**
     * Whether to give a message up.
     * @param failures number of failures so far, this one included
     * @param failure what the listener threw
     * @return whether the message is to be parked
     */
    public boolean isExhausted(int failures, Throwable failure) {
        return (this.maxAttempts > 0 && failures >= this.maxAttempts) || !isRetryable(failure);
    }

    private boolean isRetryable(Throwable failure) {
        @Nullable Throwable current = failure;
        for (int depth = 0; current != null && depth < 20; depth++) {
            for (Class<? extends Throwable> type : this.notRetryable) {
                if (type.isInstance(current)) {
                    return false;
                }
            }
            current = current.getCause();
        }
        return true;
    }

    /**
     * Longest time over which a message is retried.
     * @return the sum of all waits; zero if there is no end
     */
    public Duration span() {
        Duration span = Duration.ZERO;
        for (int failures = 1; failures <= this.maxAttempts; failures++) {
            span = span.plus(delayAfter(failures));
        }
        return span;
    }

}

package io.reliablemq.producer;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;

/**
 * Waiting times that grow from attempt to attempt.
 *
 * @param initial wait after the first attempt
 * @param multiplier factor from one wait to the next, at least 1
 * @param max longest wait, before jitter
 * @param jitter share by which a wait is varied at random in both directions, from 0 to
 * 1; keeps many senders from coming back at the same moment
 */
public record Backoff(Duration initial, double multiplier, Duration max, double jitter) {

    /**
     * Checks the values.
     * @throws InvalidConfigurationException naming the value to correct
     */
    public Backoff {
        if (initial.isNegative()) {
            throw invalid("initial", initial, "Set it to 0ms or more.");
        }
        if (!(multiplier >= 1)) {
            throw invalid("multiplier", multiplier, "Set it to at least 1.");
        }
        if (max.compareTo(initial) < 0) {
            throw invalid("max", max, "Set it to at least backoff.initial, which is " + initial + ".");
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw invalid("jitter", jitter, "Set it to a share from 0 to 1.");
        }
    }

    /**
     * From 100 ms, doubled each time, up to 2 s, varied by a fifth.
     * @return the defaults
     */
    public static Backoff defaults() {
        return new Backoff(Duration.ofMillis(100), 2, Duration.ofSeconds(2), 0.2);
    }

    /**
     * The wait after an attempt.
     * @param attempt number of the attempt, from 1
     * @param random a random number from 0 (inclusive) to 1 (exclusive), which picks the
     * jitter
     * @return the wait
     */
    Duration after(int attempt, double random) {
        double nanos = (double) this.initial.toNanos() * Math.pow(this.multiplier, attempt - 1.0);
        double capped = Math.min(nanos, (double) this.max.toNanos());
        return Duration.ofNanos((long) (capped * (1 + this.jitter * (2 * random - 1))));
    }

    private static InvalidConfigurationException invalid(String name, Object value, String action) {
        return new InvalidConfigurationException("reliable-mq.producer.backoff." + name + " is " + value + ".", action);
    }

}

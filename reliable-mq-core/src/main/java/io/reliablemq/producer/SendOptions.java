package io.reliablemq.producer;

import java.time.Duration;
import java.util.List;

import io.reliablemq.InvalidConfigurationException;

/**
 * Options of sending: attempts, timeouts and limits.
 *
 * @param maxAttempts most attempts per message, the first included
 * @param backoff waiting times between attempts
 * @param attemptTimeout longest time that one attempt may take; longer than the broker's
 * own waits for disk (5 s) and replicas (3 s), else their answers are never seen
 * @param deadline longest time that a send may take in all; it also cuts the last
 * attempt's timeout
 * @param requiredStatus the status from which on a message counts as acknowledged
 * @param maxInFlight most asynchronous sends at a time, actions on their futures
 * included; further callers wait
 * @param drainTimeout how long closing waits for asynchronous sends
 * @param mdcKeys names of the values of the logging context that travel in messages
 */
public record SendOptions(int maxAttempts, Backoff backoff, Duration attemptTimeout, Duration deadline,
        StorageStatus requiredStatus, int maxInFlight, Duration drainTimeout, List<String> mdcKeys) {

    /**
     * Checks the values.
     * @throws InvalidConfigurationException naming the value to correct
     */
    public SendOptions {
        mdcKeys = List.copyOf(mdcKeys);
        requireAtLeastOne("max-attempts", maxAttempts);
        requirePositive("attempt-timeout", attemptTimeout);
        requirePositive("deadline", deadline);
        requireAtLeastOne("max-in-flight", maxInFlight);
        if (drainTimeout.isNegative()) {
            throw new InvalidConfigurationException("The drain timeout " + drainTimeout + " is negative.",
                    "Set reliable-mq.shutdown.drain-timeout to 0s or more.");
        }
    }

    /**
     * Four attempts within 15 s, each up to 6 s; success of disk and replicas asked for.
     * @return the defaults
     */
    public static SendOptions defaults() {
        return new SendOptions(4, Backoff.defaults(), Duration.ofSeconds(6), Duration.ofSeconds(15),
                StorageStatus.REPLICATED, 1000, Duration.ofSeconds(30), List.of());
    }

    /**
     * Changes the number of attempts.
     * @param maxAttempts most attempts per message, at least 1
     * @return changed options
     */
    public SendOptions withMaxAttempts(int maxAttempts) {
        return new SendOptions(maxAttempts, this.backoff, this.attemptTimeout, this.deadline, this.requiredStatus,
                this.maxInFlight, this.drainTimeout, this.mdcKeys);
    }

    /**
     * Changes the waiting times.
     * @param backoff waiting times between attempts
     * @return changed options
     */
    public SendOptions withBackoff(Backoff backoff) {
        return new SendOptions(this.maxAttempts, backoff, this.attemptTimeout, this.deadline, this.requiredStatus,
                this.maxInFlight, this.drainTimeout, this.mdcKeys);
    }

    /**
     * Changes the time of one attempt.
     * @param attemptTimeout longest time, more than zero
     * @return changed options
     */
    public SendOptions withAttemptTimeout(Duration attemptTimeout) {
        return new SendOptions(this.maxAttempts, this.backoff, attemptTimeout, this.deadline, this.requiredStatus,
                this.maxInFlight, this.drainTimeout, this.mdcKeys);
    }

    /**
     * Changes the time of all attempts together.
     * @param deadline longest time, more than zero
     * @return changed options
     */
    public SendOptions withDeadline(Duration deadline) {
        return new SendOptions(this.maxAttempts, this.backoff, this.attemptTimeout, deadline, this.requiredStatus,
                this.maxInFlight, this.drainTimeout, this.mdcKeys);
    }

    /**
     * Changes the status asked for.
     * @param requiredStatus the least status that counts as acknowledged
     * @return changed options
     */
    public SendOptions withRequiredStatus(StorageStatus requiredStatus) {
        return new SendOptions(this.maxAttempts, this.backoff, this.attemptTimeout, this.deadline, requiredStatus,
                this.maxInFlight, this.drainTimeout, this.mdcKeys);
    }

    /**
     * Changes the bound of asynchronous sends.
     * @param maxInFlight most of them at a time, at least 1
     * @return changed options
     */
    public SendOptions withMaxInFlight(int maxInFlight) {
        return new SendOptions(this.maxAttempts, this.backoff, this.attemptTimeout, this.deadline, this.requiredStatus,
                maxInFlight, this.drainTimeout, this.mdcKeys);
    }

    /**
     * Changes how long closing waits.
     * @param drainTimeout the time, zero for not at all
     * @return changed options
     */
    public SendOptions withDrainTimeout(Duration drainTimeout) {
        return new SendOptions(this.maxAttempts, this.backoff, this.attemptTimeout, this.deadline, this.requiredStatus,
                this.maxInFlight, drainTimeout, this.mdcKeys);
    }

    /**
     * Changes what travels of the logging context.
     * @param mdcKeys names of the values
     * @return changed options
     */
    public SendOptions withMdcKeys(List<String> mdcKeys) {
        return new SendOptions(this.maxAttempts, this.backoff, this.attemptTimeout, this.deadline, this.requiredStatus,
                this.maxInFlight, this.drainTimeout, mdcKeys);
    }

    private static void requireAtLeastOne(String property, int value) {
        if (value < 1) {
            throw new InvalidConfigurationException("reliable-mq.producer." + property + " is " + value + ".",
                    "Set it to at least 1.");
        }
    }

    private static void requirePositive(String property, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidConfigurationException("reliable-mq.producer." + property + " is " + value + ".",
                    "Set it to a duration above zero, for example 6s.");
        }
    }

}

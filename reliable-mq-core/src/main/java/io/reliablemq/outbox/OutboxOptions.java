package io.reliablemq.outbox;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.StorageStatus;

/**
 * Options of the relay.
 *
 * @param lease how long a claim lasts; longer than two attempts
 * @param batchSize most messages that are sent and marked together; a claim of a backlog
 * takes up to five times as many, 1000 at most
 * @param poll how long the relay rests when there is nothing to do
 * @param retention how long sent messages are kept
 * @param threads most sends of the relay at a time
 * @param attemptTimeout longest time of one attempt
 * @param requiredStatus the status from which on a message counts as acknowledged
 * @param drainTimeout how long stopping waits for sends that are under way
 */
public record OutboxOptions(Duration lease, int batchSize, Duration poll, Duration retention, int threads,
        Duration attemptTimeout, StorageStatus requiredStatus, Duration drainTimeout) {

    private static final int LARGEST_BATCH = 1000;

    /**
     * Checks the values.
     * @throws InvalidConfigurationException naming the property to correct
     */
    public OutboxOptions {
        if (lease.compareTo(attemptTimeout.multipliedBy(2)) <= 0) {
            throw new InvalidConfigurationException(
                    "reliable-mq.outbox.lease is " + lease + ", but two attempts may take "
                            + attemptTimeout.multipliedBy(2) + ".",
                    "Set it to more than twice reliable-mq.producer.attempt-timeout, so that a claim outlasts a send.");
        }
        if (batchSize < 1 || batchSize > LARGEST_BATCH) {
            throw new InvalidConfigurationException("reliable-mq.outbox.batch-size is " + batchSize + ".",
                    "Set it to a number from 1 to " + LARGEST_BATCH + ".");
        }
        if (threads < 1) {
            throw new InvalidConfigurationException("reliable-mq.outbox.threads is " + threads + ".",
                    "Set it to at least 1.");
        }
        requirePositive("poll", poll);
        requirePositive("retention", retention);
    }

    /**
     * The defaults, with what a template's options say.
     * @param options options of the template
     * @return a lease of 30 s, batches of 100, a rest of 1 s, 7 days of retention and 8
     * threads
     */
    public static OutboxOptions defaults(SendOptions options) {
        return new OutboxOptions(Duration.ofSeconds(30), 100, Duration.ofSeconds(1), Duration.ofDays(7), 8,
                options.attemptTimeout(), options.requiredStatus(), options.drainTimeout());
    }

    private static void requirePositive(String property, Duration value) {
        if (value.toMillis() < 1) {
            throw new InvalidConfigurationException("reliable-mq.outbox." + property + " is " + value + ".",
                    "Set it to a duration above zero, for example 1s.");
        }
    }

}

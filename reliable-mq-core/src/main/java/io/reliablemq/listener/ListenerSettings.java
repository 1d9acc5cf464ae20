package io.reliablemq.listener;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.reliablemq.Internal;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.retry.RetryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * What holds for one listener: properties of its group, else its annotation, else the
 * defaults.
 *
 * @param group consumer group
 * @param key SpEL expression of the identity, empty for none
 * @param store where the records are kept
 * @param mode how record and effect are tied together
 * @param lease how long a claim lasts without renewal
 * @param retention how long records are remembered
 * @param transactionManager bean name of the transaction manager, empty for the only one
 * @param retry what to do after a failure
 * @param threads number of consuming threads, {@code null} for the listener's own
 * @param concurrency what is worked on at a time, and what waits in memory
 * @param batch messages that are claimed, and in TRANSACTIONAL mode committed, together
 * @param savepoints whether each message of a batch is processed behind a savepoint
 */
@Internal
public record ListenerSettings(String group, String key, IdempotencyStoreType store, IdempotencyMode mode,
        Duration lease, Duration retention, String transactionManager, RetryPolicy retry, @Nullable Integer threads,
        ListenerConcurrency concurrency, int batch, boolean savepoints) {

    /** How long RocketMQ's brokers keep a message unless configured otherwise. */
    private static final Duration BROKER_RETENTION = Duration.ofDays(3);

    private static final Duration SHORTEST_LEASE = Duration.ofMillis(100);

    private static final int MAX_ATTEMPTS = 16;

    private static final List<Duration> ORDERED_BACKOFF = List.of(Duration.ofSeconds(1), Duration.ofSeconds(2),
            Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(30));

    /**
     * Puts the sources together.
     * @param group consumer group
     * @param ordered whether the listener consumes in order
     * @param annotation the listener's annotation; {@code null} if it is not guarded
     * @param overrides what the properties say
     * @param defaults what holds otherwise
     * @param brokerBackoff the broker's own waits, for concurrent listeners
     * @param placeholders resolves placeholders in the annotation's texts
     * @return the settings
     * @throws InvalidConfigurationException if a value cannot be used
     */
    public static ListenerSettings of(String group, boolean ordered, @Nullable IdempotentConsumer annotation,
            ListenerOverrides overrides, IdempotencyDefaults defaults, List<Duration> brokerBackoff,
            Function<String, String> placeholders) {
        AnnotationValues values = new AnnotationValues(group, annotation, placeholders);
        RetryPolicy retry = new RetryPolicy(first(overrides.maxAttempts(), null, ordered ? 0 : MAX_ATTEMPTS),
                first(overrides.backoff(), null, ordered ? ORDERED_BACKOFF : brokerBackoff),
                first(overrides.notRetryable(), null, List.of()));
        ListenerSettings settings = new ListenerSettings(group, first(overrides.key(), values.key(), ""),
                first(overrides.store(), values.store(), defaults.store()),
                first(overrides.mode(), values.mode(), defaults.mode()),
                values.atLeast(SHORTEST_LEASE, "lease", first(overrides.lease(), values.lease(), defaults.lease())),
                values.positive("retention", first(overrides.retention(), values.retention(), defaults.retention())),
                first(overrides.transactionManager(), values.transactionManager(), ""), retry, overrides.threads(),
                overrides.concurrency(), values.batch(overrides.batch()), overrides.savepoints());
        if (annotation != null && !defaults.allowShortRetention()) {
            settings.requireLongRetention(defaults.replayAllowance());
        }
        return settings;
    }

    /**
     * The same in another mode.
     * @param other how record and effect are tied together
     * @return a copy
     */
    public ListenerSettings withMode(IdempotencyMode other) {
        return new ListenerSettings(this.group, this.key, this.store, other, this.lease, this.retention,
                this.transactionManager, this.retry, this.threads, this.concurrency, this.batch, this.savepoints);
    }

    /**
     * The same with another batch.
     * @param messages that go together
     * @return a copy
     */
    public ListenerSettings withBatch(int messages) {
        return new ListenerSettings(this.group, this.key, this.store, this.mode, this.lease, this.retention,
                this.transactionManager, this.retry, this.threads, this.concurrency, messages, this.savepoints);
    }

    private void requireLongRetention(Duration replayAllowance) {
        Duration needed = BROKER_RETENTION.plus(this.retry.span()).plus(replayAllowance);
        if (this.retention.compareTo(needed) < 0) {
            throw new InvalidConfigurationException(
                    "The idempotency retention of consumer group '" + this.group + "' is " + this.retention
                            + ", but a copy of a message can still arrive after " + needed
                            + " (72 h in the broker + the retries' span of " + this.retry.span()
                            + " + the replay allowance of " + replayAllowance + ").",
                    "Set reliable-mq.idempotency.retention (or the listener's own retention, which wins) to at least "
                            + (needed.toHours() + 1)
                            + "h, or accept duplicates with reliable-mq.idempotency.allow-short-retention=true.");
        }
    }

    private static <T> T first(@Nullable T property, @Nullable T annotation, T fallback) {
        if (property != null) {
            return property;
        }
        return Objects.requireNonNullElse(annotation, fallback);
    }

}

package io.reliablemq.listener;

import java.time.Duration;
import java.util.List;

import io.reliablemq.Internal;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import org.jspecify.annotations.Nullable;

/**
 * What the properties say about the listeners of one consumer group. What is {@code null}
 * is left to the annotation, or to the defaults.
 *
 * @param key SpEL expression of the identity
 * @param store where the records are kept
 * @param mode how record and effect are tied together
 * @param lease how long a claim lasts without renewal
 * @param retention how long records are remembered
 * @param batch messages per transaction
 * @param savepoints whether each of them is processed behind a savepoint
 * @param transactionManager bean name of the transaction manager
 * @param maxAttempts failures after which a message is parked, 0 for never
 * @param backoff waits after the first, second, … failure
 * @param notRetryable exceptions after which a message is parked at once
 * @param threads number of consuming threads
 * @param concurrency what is worked on at a time, and what waits in memory
 * @param limits how important the listener is, how fast, and how it gives way
 */
@Internal
public record ListenerOverrides(@Nullable String key, @Nullable IdempotencyStoreType store,
        @Nullable IdempotencyMode mode, @Nullable Duration lease, @Nullable Duration retention, @Nullable Integer batch,
        boolean savepoints, @Nullable String transactionManager, @Nullable Integer maxAttempts,
        @Nullable List<Duration> backoff, @Nullable List<Class<? extends Throwable>> notRetryable,
        @Nullable Integer threads, ListenerConcurrency concurrency, ListenerLimits limits) {

    /**
     * Says nothing about savepoints, nor about concurrency but the number of threads.
     * @param key SpEL expression of the identity
     * @param store where the records are kept
     * @param mode how record and effect are tied together
     * @param lease how long a claim lasts without renewal
     * @param retention how long records are remembered
     * @param batch messages per transaction
     * @param transactionManager bean name of the transaction manager
     * @param maxAttempts failures after which a message is parked, 0 for never
     * @param backoff waits after the first, second, … failure
     * @param notRetryable exceptions after which a message is parked at once
     * @param threads number of consuming threads
     */
    public ListenerOverrides(@Nullable String key, @Nullable IdempotencyStoreType store, @Nullable IdempotencyMode mode,
            @Nullable Duration lease, @Nullable Duration retention, @Nullable Integer batch,
            @Nullable String transactionManager, @Nullable Integer maxAttempts, @Nullable List<Duration> backoff,
            @Nullable List<Class<? extends Throwable>> notRetryable, @Nullable Integer threads) {
        this(key, store, mode, lease, retention, batch, false, transactionManager, maxAttempts, backoff, notRetryable,
                threads, ListenerConcurrency.none(), ListenerLimits.none());
    }

    /**
     * Overrides nothing.
     * @return overrides without a value
     */
    public static ListenerOverrides none() {
        return new ListenerOverrides(null, null, null, null, null, null, null, null, null, null, null);
    }

}

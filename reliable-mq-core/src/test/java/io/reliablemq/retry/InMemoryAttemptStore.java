package io.reliablemq.retry;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;

/**
 * Counts attempts in memory, and fails when a test wants it to.
 */
public final class InMemoryAttemptStore implements AttemptStore {

    private final Map<RecordKey, Attempt> attempts = new ConcurrentHashMap<>();

    private final Clock clock;

    private volatile Throwable failure;

    public InMemoryAttemptStore(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Attempt recordFailure(RecordKey key, Throwable failure, IntFunction<Duration> backoff) {
        requireHere();
        return this.attempts.compute(key, (same, old) -> {
            int failures = (old != null) ? old.failures() + 1 : 1;
            return new Attempt(failures, (old != null) ? old.postponements() : 0,
                    this.clock.instant().plus(backoff.apply(failures)), failure.getClass().getName());
        });
    }

    @Override
    public Attempt recordPostponement(RecordKey key, Duration delay) {
        requireHere();
        return this.attempts.compute(key,
                (same, old) -> new Attempt((old != null) ? old.failures() : 0,
                        (old != null) ? old.postponements() + 1 : 1, this.clock.instant().plus(delay),
                        (old != null) ? old.exception() : null));
    }

    @Override
    public Optional<Attempt> find(RecordKey key) {
        requireHere();
        return Optional.ofNullable(this.attempts.get(key));
    }

    @Override
    public void clear(RecordKey key) {
        requireHere();
        this.attempts.remove(key);
    }

    @Override
    public int purge(String group, Duration retention, int limit) {
        return 0;
    }

    public void goAway() {
        fail(new IdempotencyStoreException("The store is away", new IllegalStateException()));
    }

    /** With an error or an unchecked exception. */
    public void fail(Throwable thrown) {
        this.failure = thrown;
    }

    public boolean isEmpty() {
        return this.attempts.isEmpty();
    }

    private void requireHere() {
        if (this.failure instanceof Error error) {
            throw error;
        }
        if (this.failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

}

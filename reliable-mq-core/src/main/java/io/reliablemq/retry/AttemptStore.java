package io.reliablemq.retry;

import java.time.Duration;
import java.util.Optional;
import java.util.function.IntFunction;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;

/**
 * Counts the failed deliveries of each message and group. RocketMQ's own counter is not
 * used because it also counts postponements. Each method is atomic, uses a transaction of
 * its own (never the caller's) and throws {@link IdempotencyStoreException} when the
 * store cannot answer.
 */
public interface AttemptStore {

    /**
     * Adds one failure.
     * @param key the message, per group
     * @param failure what the listener threw; its class name is kept, never its payload
     * @param backoff wait after the n-th failure (n from 1)
     * @return the state after this failure
     */
    Attempt recordFailure(RecordKey key, Throwable failure, IntFunction<Duration> backoff);

    /**
     * Adds one postponement; the number of failures stays.
     * @param key the message, per group
     * @param delay wait until the next delivery
     * @return the state after this postponement
     */
    Attempt recordPostponement(RecordKey key, Duration delay);

    /**
     * Reads the state.
     * @param key the message, per group
     * @return the state, empty if no delivery failed or was postponed since the last
     * clear
     */
    Optional<Attempt> find(RecordKey key);

    /**
     * Forgets the state, after success or parking. Nothing happens if there is none.
     * @param key the message, per group
     */
    void clear(RecordKey key);

    /**
     * Deletes states of a group whose next delivery was due longer ago than the
     * retention, in one small batch. Stores that expire them themselves return 0.
     * @param group consumer group
     * @param retention how long past its due time a state is kept
     * @param limit most states to delete in this call
     * @return the number of deleted states
     */
    int purge(String group, Duration retention, int limit);

}

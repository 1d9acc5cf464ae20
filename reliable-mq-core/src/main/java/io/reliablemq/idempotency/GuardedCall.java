package io.reliablemq.idempotency;

import java.util.concurrent.Callable;

/**
 * One of several actions that a guard runs together.
 *
 * @param <T> type of the action's value
 * @param key the record
 * @param attempt number of this attempt, from 1
 * @param action what to do once; may run a second time if the first was rolled back
 */
public record GuardedCall<T>(RecordKey key, int attempt, Callable<T> action) {
}

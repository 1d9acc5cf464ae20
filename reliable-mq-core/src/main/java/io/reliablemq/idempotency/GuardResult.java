package io.reliablemq.idempotency;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What became of a guarded action.
 *
 * @param <T> type of the action's value
 */
public sealed interface GuardResult<T> {

    /**
     * The action ran and its effect is recorded.
     *
     * @param <T> type of the action's value
     * @param value what the action returned
     */
    record Processed<T>(@Nullable T value) implements GuardResult<T> {
    }

    /**
     * The effect had happened before; the action did not run.
     *
     * @param <T> type of the action's value
     */
    record Duplicate<T>() implements GuardResult<T> {
    }

    /**
     * Somebody else is at it; the action did not run. Try again later.
     *
     * @param <T> type of the action's value
     * @param until when that claim ends at the latest unless it is renewed; now where it
     * cannot be known
     */
    record InProgress<T>(Instant until) implements GuardResult<T> {
    }

}

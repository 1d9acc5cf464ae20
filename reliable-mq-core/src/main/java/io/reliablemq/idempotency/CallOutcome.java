package io.reliablemq.idempotency;

/**
 * What became of one of several actions that a guard ran together.
 *
 * @param <T> type of the action's value
 */
public sealed interface CallOutcome<T> {

    /**
     * Whether the effect has happened, now or before.
     * @return {@code false} after a failure, or while it is happening elsewhere
     */
    default boolean isDone() {
        return this instanceof Decided<T> decided && !(decided.result() instanceof GuardResult.InProgress);
    }

    /**
     * The guard has decided.
     *
     * @param <T> type of the action's value
     * @param result as from {@link IdempotencyGuard#execute}
     */
    record Decided<T>(GuardResult<T> result) implements CallOutcome<T> {
    }

    /**
     * There was no effect, and the key is free again.
     *
     * @param <T> type of the action's value
     * @param failure what the action or the store threw
     */
    record Failed<T>(Throwable failure) implements CallOutcome<T> {
    }

}

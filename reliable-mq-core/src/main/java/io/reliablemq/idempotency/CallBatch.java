package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Several calls of which those with different keys may go together.
 *
 * @param <T> type of the actions' values
 */
final class CallBatch<T> {

    private final List<GuardedCall<T>> calls;

    private final IdempotencyGuard guard;

    private final boolean inOrder;

    /**
     * Creates a batch.
     * @param guard runs calls one by one
     * @param inOrder whether none may run after one that was not done
     */
    CallBatch(List<GuardedCall<T>> calls, IdempotencyGuard guard, boolean inOrder) {
        this.calls = calls;
        this.guard = guard;
        this.inOrder = inOrder;
    }

    /**
     * Runs the calls. The second of two with one key has to see what became of the first.
     * Once the store cannot be asked, no more are tried.
     * @param together runs calls with different keys; those that it tells nothing of go
     * alone
     */
    List<CallOutcome<T>> run(Function<List<GuardedCall<T>>, IdentityHashMap<GuardedCall<T>, CallOutcome<T>>> together) {
        Map<String, GuardedCall<T>> first = new LinkedHashMap<>();
        this.calls.forEach((call) -> first.putIfAbsent(call.key().identity(), call));
        IdentityHashMap<GuardedCall<T>, CallOutcome<T>> known = (first.size() > 1)
                ? together.apply(List.copyOf(first.values())) : new IdentityHashMap<>();
        List<CallOutcome<T>> outcomes = new ArrayList<>(this.calls.size());
        @Nullable IdempotencyStoreException unreachable = null;
        for (GuardedCall<T> call : this.calls) {
            CallOutcome<T> outcome = known.get(call);
            if (outcome == null) {
                if (unreachable != null) {
                    // Each would wait for a connection again.
                    outcome = new CallOutcome.Failed<>(unreachable);
                }
                else {
                    AtomicBoolean begun = new AtomicBoolean();
                    outcome = alone(this.guard, noting(call, begun));
                    unreachable = begun.get() ? null : storeFailure(outcome);
                }
            }
            outcomes.add(outcome);
            if (this.inOrder && !outcome.isDone()) {
                break;
            }
        }
        return outcomes;
    }

    /** Once the action runs, it is its own store, if any, that could not answer. */
    private static <T> GuardedCall<T> noting(GuardedCall<T> call, AtomicBoolean begun) {
        return new GuardedCall<>(call.key(), call.attempt(), () -> {
            begun.set(true);
            return call.action().call();
        });
    }

    private static @Nullable IdempotencyStoreException storeFailure(CallOutcome<?> outcome) {
        return (outcome instanceof CallOutcome.Failed<?> failed
                && failed.failure() instanceof IdempotencyStoreException ex) ? ex : null;
    }

    static <T> CallOutcome<T> alone(IdempotencyGuard guard, GuardedCall<T> call) {
        try {
            return new CallOutcome.Decided<>(guard.execute(call.key(), call.attempt(), call.action()));
        }
        catch (Throwable failure) {
            return new CallOutcome.Failed<>(failure);
        }
    }

}

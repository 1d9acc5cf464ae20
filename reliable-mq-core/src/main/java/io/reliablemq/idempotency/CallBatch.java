package io.reliablemq.idempotency;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Several calls of which those with different keys may go together.
 */
final class CallBatch {

    private CallBatch() {
    }

    /**
     * Runs calls. The second of two with one key has to see what became of the first.
     * @param together runs calls with different keys; without outcomes, they go alone
     * @param alone runs calls one by one
     */
    static <T> List<CallOutcome<T>> run(List<GuardedCall<T>> calls,
            Function<List<GuardedCall<T>>, List<CallOutcome<T>>> together,
            Function<List<GuardedCall<T>>, List<CallOutcome<T>>> alone) {
        Map<String, GuardedCall<T>> first = new LinkedHashMap<>();
        calls.forEach((call) -> first.putIfAbsent(call.key().identity(), call));
        IdentityHashMap<GuardedCall<T>, CallOutcome<T>> outcomes = new IdentityHashMap<>();
        if (first.size() > 1) {
            collect(List.copyOf(first.values()), together, outcomes);
        }
        collect(calls.stream().filter((call) -> !outcomes.containsKey(call)).toList(), alone, outcomes);
        return calls.stream().map((call) -> Objects.requireNonNull(outcomes.get(call))).toList();
    }

    private static <T> void collect(List<GuardedCall<T>> calls,
            Function<List<GuardedCall<T>>, List<CallOutcome<T>>> work,
            IdentityHashMap<GuardedCall<T>, CallOutcome<T>> outcomes) {
        List<CallOutcome<T>> some = work.apply(calls);
        for (int i = 0; i < some.size(); i++) {
            outcomes.put(calls.get(i), some.get(i));
        }
    }

}

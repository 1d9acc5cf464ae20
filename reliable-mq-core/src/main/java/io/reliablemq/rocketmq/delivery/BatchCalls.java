package io.reliablemq.rocketmq.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.listener.BatchListener;
import io.reliablemq.listener.BatchResult;

/**
 * Calls a {@link BatchListener} and understands its answer.
 */
record BatchCalls(BatchListener<Object> listener) implements Processing<Boolean> {

    List<CallOutcome<Boolean>> call(List<Object> payloads) throws Exception {
        Map<Integer, BatchResult.Failure> failures = failures(payloads);
        List<CallOutcome<Boolean>> outcomes = new ArrayList<>(payloads.size());
        for (int i = 0; i < payloads.size(); i++) {
            BatchResult.Failure failure = failures.get(i);
            outcomes.add((failure != null) ? new CallOutcome.Failed<>(exception(failure))
                    : new CallOutcome.Decided<>(new GuardResult.Processed<>(true)));
        }
        return outcomes;
    }

    private Map<Integer, BatchResult.Failure> failures(List<Object> payloads) throws Exception {
        Map<Integer, BatchResult.Failure> failures = answer(payloads).failures();
        for (int index : failures.keySet()) {
            if (index >= payloads.size()) {
                throw new IllegalStateException("onMessages returned a failure of message " + index + ", but got "
                        + payloads.size() + " messages; the first has index 0");
            }
        }
        return failures;
    }

    private BatchResult answer(List<Object> payloads) throws Exception {
        try {
            BatchResult result = this.listener.onMessages(payloads);
            if (result == null) {
                throw new IllegalStateException("onMessages returned null: return BatchResult.ok() if all went well");
            }
            return result;
        }
        finally {
            DeliveryGate.forgetInterruption();
        }
    }

    private static Throwable exception(BatchResult.Failure failure) {
        // A listener may hand over the cause of an exception that has none.
        Throwable cause = Objects.requireNonNullElseGet(failure.cause(),
                () -> new IllegalStateException("onMessages gave no cause"));
        return failure.parked() ? new ParkedByListenerException(cause) : RaisedByListenerException.mark(cause);
    }

    /** One message alone. */
    @Override
    public Boolean process(Object payload) throws Exception {
        BatchResult.Failure failure = failures(List.of(payload)).get(0);
        if (failure == null) {
            return true;
        }
        Throwable cause = exception(failure);
        if (cause instanceof Error error) {
            throw error;
        }
        throw (cause instanceof Exception exception) ? exception : new IllegalStateException(cause);
    }

}

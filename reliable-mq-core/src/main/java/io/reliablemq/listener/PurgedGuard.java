package io.reliablemq.listener;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

import io.reliablemq.idempotency.BatchAction;
import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.RecordKey;

/**
 * A guard whose groups are only known when they are used.
 */
record PurgedGuard(IdempotencyGuard guard, Consumer<String> groups) implements IdempotencyGuard {

    @Override
    public <T> GuardResult<T> execute(RecordKey key, int attempt, Callable<T> action) throws Exception {
        this.groups.accept(key.group());
        return this.guard.execute(key, attempt, action);
    }

    @Override
    public <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls) {
        use(calls);
        return this.guard.executeAll(calls);
    }

    @Override
    public <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls, BatchAction<T> together) {
        use(calls);
        return this.guard.executeAll(calls, together);
    }

    @Override
    public <T> List<CallOutcome<T>> executeInOrder(List<GuardedCall<T>> calls) {
        use(calls);
        return this.guard.executeInOrder(calls);
    }

    private <T> void use(List<GuardedCall<T>> calls) {
        calls.forEach((call) -> this.groups.accept(call.key().group()));
    }

}

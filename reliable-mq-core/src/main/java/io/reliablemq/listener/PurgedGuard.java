package io.reliablemq.listener;

import java.util.concurrent.Callable;
import java.util.function.Consumer;

import io.reliablemq.idempotency.GuardResult;
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

}

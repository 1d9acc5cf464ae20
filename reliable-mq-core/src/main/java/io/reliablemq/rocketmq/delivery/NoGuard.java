package io.reliablemq.rocketmq.delivery;

import java.util.List;
import java.util.concurrent.Callable;

import io.reliablemq.idempotency.BatchAction;
import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.RecordKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The guard of listeners that are not idempotent: it calls the listener every time.
 */
final class NoGuard implements IdempotencyGuard {

    private static final Logger logger = LoggerFactory.getLogger(NoGuard.class);

    @Override
    public <T> GuardResult<T> execute(RecordKey key, int attempt, Callable<T> action) throws Exception {
        return new GuardResult.Processed<>(action.call());
    }

    @Override
    public <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls, BatchAction<T> together) {
        try {
            return together.run(calls);
        }
        catch (Throwable failure) {
            logger.debug("A batch of {} failed, its messages go one by one", calls.size(), failure);
            return executeAll(calls);
        }
    }

}

package io.reliablemq.idempotency;

import java.util.List;

/**
 * Runs several actions whose keys are claimed, all at one go.
 *
 * @param <T> type of the actions' values
 */
@FunctionalInterface
public interface BatchAction<T> {

    /**
     * Runs them. It is called again with fewer of them if what it did was rolled back.
     * @param calls the actions, none of which is a duplicate
     * @return what became of each, in the same order; {@link CallOutcome.Failed} promises
     * that there was no effect
     * @throws Exception if nothing can be said of any of them: then each runs alone
     */
    List<CallOutcome<T>> run(List<GuardedCall<T>> calls) throws Exception;

}

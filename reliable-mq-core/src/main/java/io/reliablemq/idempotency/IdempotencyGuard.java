package io.reliablemq.idempotency;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Runs an action so that its effect happens once per consumer group and key. Listeners
 * with {@link IdempotentConsumer} use one; applications may use it for work that does not
 * come through a listener.
 */
public interface IdempotencyGuard {

    /**
     * Runs the action unless its effect has happened or is happening. A failure of the
     * action is rethrown as it is, and the key is free again.
     * @param <T> type of the action's value
     * @param group consumer group, or any other name for one kind of effect
     * @param key what makes two calls the same, at most 253 bytes of UTF-8
     * @param action what to do once
     * @return what became of it
     * @throws IdempotencyStoreException if the store cannot answer: the action did not
     * run
     * @throws Exception whatever the action throws
     */
    default <T> GuardResult<T> execute(String group, String key, Callable<T> action) throws Exception {
        return execute(RecordKey.ofBusinessKey(group, key, null), 1, action);
    }

    /**
     * Runs the action unless its effect has happened or is happening.
     * @param <T> type of the action's value
     * @param key the record
     * @param attempt number of this attempt, from 1; shown in {@link IdempotencyContext}
     * @param action what to do once
     * @return what became of it
     * @throws IdempotencyStoreException if the store cannot answer: the action did not
     * run
     * @throws Exception whatever the action throws
     */
    <T> GuardResult<T> execute(RecordKey key, int attempt, Callable<T> action) throws Exception;

    /**
     * Runs several actions, each unless its effect has happened or is happening. A guard
     * may run them together and faster than one by one; the outcomes are those that
     * {@link #execute} would have had. An action may run twice, if what it did the first
     * time could be taken back.
     * @param <T> type of the actions' values
     * @param calls the actions, in the order in which they run
     * @return what became of each, in the same order
     */
    default <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls) {
        return calls.stream().map((call) -> CallBatch.alone(this, call)).toList();
    }

    /**
     * Like {@link #executeAll(List)}, for actions that run faster all at one go.
     * @param <T> type of the actions' values
     * @param calls the actions, for where they have to run alone
     * @param together runs those that are no duplicates
     * @return what became of each, in the same order
     */
    default <T> List<CallOutcome<T>> executeAll(List<GuardedCall<T>> calls, BatchAction<T> together) {
        return executeAll(calls);
    }

    /**
     * Like {@link #executeAll(List)}, but none runs after one that has failed or is in
     * progress elsewhere.
     * @param <T> type of the actions' values
     * @param calls the actions, in the order in which they run
     * @return what became of them up to the first that is not done, in the same order
     */
    default <T> List<CallOutcome<T>> executeInOrder(List<GuardedCall<T>> calls) {
        return new CallBatch<>(calls, this, true).run((all) -> new IdentityHashMap<>());
    }

}

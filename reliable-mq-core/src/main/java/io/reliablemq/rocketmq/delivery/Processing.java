package io.reliablemq.rocketmq.delivery;

/**
 * Calls a listener with a payload.
 *
 * @param <T> type of what it returns
 */
@FunctionalInterface
interface Processing<T> {

    T process(Object payload) throws Exception;

}

package io.reliablemq.rocketmq;

/**
 * What the application does with a payload.
 */
@FunctionalInterface
interface Processing {

    void process(Object payload) throws Exception;

}

package io.reliablemq.rocketmq.delivery;

/**
 * What the application does with a payload.
 */
@FunctionalInterface
public interface Processing {

    void process(Object payload) throws Exception;

}

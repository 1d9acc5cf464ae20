package io.reliablemq.rocketmq.delivery;

import java.util.function.Consumer;

import org.apache.rocketmq.common.message.MessageExt;

/**
 * Begins deliveries that go on together.
 */
@FunctionalInterface
interface ParallelDelivery {

    /**
     * Begins one.
     * @param done told once, on any thread, when there is something to finish; maybe
     * before this returns
     */
    BegunDelivery begin(MessageExt message, Consumer<BegunDelivery> done);

}

package io.reliablemq.reconcile;

import io.reliablemq.message.StoredMessage;

/**
 * Sends a message again to one consumer group, with the same ids.
 */
@FunctionalInterface
public interface Redelivery {

    /**
     * Returns when a broker has confirmed it.
     * @param message the message
     * @param group the group
     * @throws io.reliablemq.ReliableMQException if it is not confirmed, or would reach
     * others too
     */
    void deliver(StoredMessage message, GroupSubscription group);

}

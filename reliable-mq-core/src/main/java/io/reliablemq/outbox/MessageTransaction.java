package io.reliablemq.outbox;

import java.util.List;

import io.reliablemq.producer.AfterCommitSender;

/**
 * A transaction that takes messages.
 */
@FunctionalInterface
interface MessageTransaction {

    /**
     * Takes messages, all of them or, if it throws, none.
     * @param stored those that are to be stored with it
     * @param later those that may be sent after its commit without having been stored
     * @param sender sends them
     */
    void add(List<OutboxMessage> stored, List<OutboxMessage> later, AfterCommitSender sender);

}

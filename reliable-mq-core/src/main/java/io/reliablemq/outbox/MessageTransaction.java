package io.reliablemq.outbox;

import java.util.List;
import java.util.function.Consumer;

import io.reliablemq.producer.PreparedMessage;

/**
 * A transaction that takes messages.
 */
@FunctionalInterface
interface MessageTransaction {

    /**
     * Takes messages, all of them or, if it throws, none.
     * @param stored those that are to be stored with it
     * @param later those that may be sent after its commit without having been stored
     * @param sendLater sends them
     */
    void add(List<OutboxMessage> stored, List<OutboxMessage> later, Consumer<PreparedMessage> sendLater);

}

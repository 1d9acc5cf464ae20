package io.reliablemq.producer;

import java.util.Map;

import io.reliablemq.message.ReliableMessage;

/**
 * A message as the application wrote it, and the trace context that goes with it.
 *
 * @param message the message
 * @param trace names and values, not checked
 */
record Outgoing(ReliableMessage<?> message, Map<String, String> trace) {

    static Outgoing of(ReliableMessage<?> message) {
        return new Outgoing(message, Map.of());
    }

}

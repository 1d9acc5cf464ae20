package io.reliablemq.outbox;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.producer.MessageTransport;
import org.jspecify.annotations.Nullable;

/**
 * The clusters that stored messages can be sent to, by names that mean the same on every
 * instance of the application.
 */
public final class OutboxClusters {

    private final Map<String, MessageTransport> transports = new ConcurrentHashMap<>();

    private final Map<MessageTransport, String> names = new ConcurrentHashMap<>();

    /**
     * Makes a cluster known.
     * @param name its name
     * @param transport the way to it
     */
    public void register(String name, MessageTransport transport) {
        this.transports.put(name, transport);
        this.names.put(transport, name);
    }

    @Nullable String nameOf(MessageTransport transport) {
        return this.names.get(transport);
    }

    @Nullable MessageTransport transport(String name) {
        return this.transports.get(name);
    }

    Set<String> names() {
        return this.transports.keySet();
    }

}

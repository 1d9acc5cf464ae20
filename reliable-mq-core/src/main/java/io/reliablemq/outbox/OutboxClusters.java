package io.reliablemq.outbox;

import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.producer.ClusterAddress;
import io.reliablemq.producer.MessageTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clusters that stored messages can be sent to, by names that mean the same on every
 * instance of the application.
 */
public final class OutboxClusters {

    private static final Logger logger = LoggerFactory.getLogger(OutboxClusters.class);

    private static final Comparator<String> DEFAULT_FIRST = Comparator
        .comparing((String name) -> !name.equals(StoredMessage.DEFAULT_CLUSTER))
        .thenComparing(Comparator.naturalOrder());

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

    /**
     * The name of a transport's cluster. One that nobody has registered belongs to the
     * registered one with the same address; if there is none, the address is the name.
     * @return {@code null} if it has neither a name nor an address
     */
    @Nullable String nameOf(MessageTransport transport) {
        String name = this.names.get(transport);
        return (name != null) ? name : nameByAddress(transport);
    }

    private synchronized @Nullable String nameByAddress(MessageTransport transport) {
        ClusterAddress address = transport.address();
        if (address == null) {
            return null;
        }
        String name = this.transports.entrySet()
            .stream()
            .filter((known) -> leadsTo(known.getValue(), address))
            .map(Map.Entry::getKey)
            .min(DEFAULT_FIRST)
            .orElse(null);
        if (name == null) {
            name = address.name();
            this.transports.put(name, transport);
            logger.info("A RocketMQTemplate that is no bean sends by the outbox. Its cluster is called '{}' there."
                    + " Make it a bean: then every instance can send what is stored, at any time.", name);
        }
        this.names.put(transport, name);
        return name;
    }

    private static boolean leadsTo(MessageTransport transport, ClusterAddress address) {
        ClusterAddress known = transport.address();
        return known != null && known.leadsWhere(address) && transport.isReady();
    }

    /** {@code null} as long as nothing can be sent there. */
    @Nullable MessageTransport transport(String name) {
        MessageTransport transport = this.transports.get(name);
        return (transport != null && transport.isReady()) ? transport : null;
    }

    /** Those that can be sent to by now. */
    Set<String> names() {
        return this.transports.entrySet()
            .stream()
            .filter((entry) -> entry.getValue().isReady())
            .map(Map.Entry::getKey)
            .collect(Collectors.toUnmodifiableSet());
    }

}

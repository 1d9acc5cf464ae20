package io.reliablemq.rocketmq;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.producer.ClusterAddress;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.jspecify.annotations.Nullable;

/**
 * The clusters that the application's templates lead to, by the names that stored
 * messages carry: {@code default} for that of {@code rocketmq.name-server}, else the bean
 * name of the template. A listener on a cluster without a template has the cluster's name
 * servers for a name.
 */
public final class Clusters {

    private final Supplier<Map<String, DefaultMQProducer>> producers;

    private final @Nullable String defaultNameServers;

    /**
     * Creates it.
     * @param producers the producers by the names of their clusters; asked for at each
     * question, because some are made late
     * @param defaultNameServers the name servers of the default cluster, for applications
     * that only consume; {@code null} if there are none
     */
    public Clusters(Supplier<Map<String, DefaultMQProducer>> producers, @Nullable String defaultNameServers) {
        this.producers = producers;
        this.defaultNameServers = defaultNameServers;
    }

    static @Nullable ClusterAddress addressOf(ClientConfig client) {
        return ClusterAddress.of(client.getNamesrvAddr(), namespace(client)).orElse(null);
    }

    @SuppressWarnings("deprecation")
    private static @Nullable String namespace(ClientConfig client) {
        String namespace = client.getNamespace();
        return (namespace != null && !namespace.isEmpty()) ? namespace : client.getNamespaceV2();
    }

    /**
     * The names of a listener's cluster: one per template that leads there, because what
     * each of them sends is for the listener.
     * @param listener the listener
     * @return its names, at least one
     */
    Set<String> namesOf(ListenerDescription listener) {
        return namesOf(addressOf(listener.container().getConsumer()));
    }

    Set<String> namesOf(@Nullable ClusterAddress address) {
        if (address == null) {
            return Set.of(StoredMessage.DEFAULT_CLUSTER);
        }
        Set<String> names = new TreeSet<>();
        Map<String, DefaultMQProducer> known = this.producers.get();
        known.forEach((name, producer) -> {
            ClusterAddress other = addressOf(producer);
            if (other != null && other.leadsWhere(address)) {
                names.add(name);
            }
        });
        // Without a producer, the namespace of the default cluster is what its listeners
        // say.
        Optional<ClusterAddress> fallback = known.containsKey(StoredMessage.DEFAULT_CLUSTER) ? Optional.empty()
                : ClusterAddress.of(this.defaultNameServers, null);
        if (fallback.filter((other) -> other.sharesNameServer(address)).isPresent()) {
            names.add(StoredMessage.DEFAULT_CLUSTER);
        }
        return names.isEmpty() ? Set.of(address.name()) : names;
    }

    /**
     * The producer for a cluster.
     * @param cluster its name
     * @return the producer
     * @throws ReliableMQException if no template leads there
     */
    public DefaultMQProducer producer(String cluster) {
        Map<String, DefaultMQProducer> known = new LinkedHashMap<>(this.producers.get());
        DefaultMQProducer producer = known.get(cluster);
        if (producer == null) {
            throw new ReliableMQException("No RocketMQTemplate of this application leads to the cluster '" + cluster
                    + "', only to " + known.keySet() + ": make one a bean of that name.");
        }
        return producer;
    }

}

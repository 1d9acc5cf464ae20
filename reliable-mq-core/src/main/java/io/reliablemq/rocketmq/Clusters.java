package io.reliablemq.rocketmq;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.producer.ClusterAddress;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.jspecify.annotations.Nullable;

/**
 * The clusters that the application's templates lead to, by the names that stored
 * messages carry: {@code default} for that of {@code rocketmq.name-server}, else the bean
 * name of the template. A listener on a cluster without a template has the cluster's name
 * servers for a name. Which clients are on one cluster is decided by their addresses (see
 * {@link ClusterAddress}), whatever names it has.
 */
public final class Clusters {

    private final Supplier<Map<String, DefaultMQProducer>> producers;

    private final @Nullable String defaultNameServers;

    private final ListenerRegistry registry;

    /**
     * Creates it.
     * @param producers the producers by the names of their clusters; asked for at each
     * question, because some are made late
     * @param defaultNameServers the name servers of the default cluster, for applications
     * that only consume; {@code null} if there are none
     * @param registry knows the listeners, over whose connections a cluster without a
     * template is reached
     */
    public Clusters(Supplier<Map<String, DefaultMQProducer>> producers, @Nullable String defaultNameServers,
            ListenerRegistry registry) {
        this.producers = producers;
        this.defaultNameServers = defaultNameServers;
        this.registry = registry;
    }

    /**
     * Of an application with nothing but listeners of which nobody says where they are.
     */
    public static Clusters unnamed(ListenerRegistry registry) {
        return new Clusters(Map::of, null, registry);
    }

    static @Nullable public ClusterAddress addressOf(ClientConfig client) {
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
    public Set<String> namesOf(ListenerDescription listener) {
        return namesOf(addressOf(listener.container().getConsumer()));
    }

    /** The one under which messages of a listener's cluster are stored. */
    public String nameOf(ListenerDescription listener) {
        Set<String> names = namesOf(listener);
        return names.contains(StoredMessage.DEFAULT_CLUSTER) ? StoredMessage.DEFAULT_CLUSTER : names.iterator().next();
    }

    /**
     * Whether a name is one of a client's cluster. It may be one that the cluster had
     * before it got a template.
     */
    public boolean isNamed(String cluster, ClientConfig client) {
        ClusterAddress address = addressOf(client);
        return namesOf(address).contains(cluster)
                || (address != null && ClusterAddress.ofName(cluster).filter(address::leadsWhere).isPresent());
    }

    /** Whether two clients see the same topics and groups. */
    public static boolean areOne(ClientConfig one, ClientConfig other) {
        ClusterAddress address = addressOf(one);
        ClusterAddress otherAddress = addressOf(other);
        return (address == null) ? otherAddress == null : otherAddress != null && address.leadsWhere(otherAddress);
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
     * The producers of one cluster.
     * @param cluster its name
     * @return those whose templates lead there; none if it has no template
     */
    public Collection<DefaultMQProducer> producers(String cluster) {
        Map<String, DefaultMQProducer> known = this.producers.get();
        DefaultMQProducer named = known.get(cluster);
        List<DefaultMQProducer> found = new ArrayList<>();
        if (named != null) {
            found.add(named);
        }
        for (DefaultMQProducer producer : known.values()) {
            if (producer != named && ((named != null) ? areOne(producer, named) : isNamed(cluster, producer))) {
                found.add(producer);
            }
        }
        return found;
    }

    /**
     * The producer for a cluster: that of a template, else that of a running listener's
     * own connection.
     * @param cluster its name
     * @return the producer
     * @throws ReliableMQException if neither leads there
     */
    public DefaultMQProducer producer(String cluster) {
        Collection<DefaultMQProducer> found = producers(cluster);
        if (!found.isEmpty()) {
            return found.iterator().next();
        }
        for (ListenerDescription listener : this.registry.listeners()) {
            DefaultMQPushConsumer consumer = listener.container().getConsumer();
            if (ConsumerInternals.isRunning(consumer) && isNamed(cluster, consumer)) {
                return ConsumerInternals.producerOf(consumer);
            }
        }
        throw new ReliableMQException("No RocketMQTemplate and no running listener of this application leads to the"
                + " cluster '" + cluster + "', only to " + known() + ": make a template that leads there a bean of"
                + " that name, or ask an application that has one.");
    }

    /**
     * Those from which listeners of a group consume in this application, one name each.
     */
    public Set<String> namesOfGroup(String group) {
        Set<String> names = new TreeSet<>();
        for (ListenerDescription listener : this.registry.listeners()) {
            DefaultMQPushConsumer consumer = listener.container().getConsumer();
            if (listener.group().equals(group) || consumer.getConsumerGroup().equals(group)) {
                names.add(nameOf(listener));
            }
        }
        return names;
    }

    /** For sentences. */
    Set<String> known() {
        Set<String> known = new TreeSet<>(this.producers.get().keySet());
        this.registry.listeners().forEach((listener) -> known.addAll(namesOf(listener)));
        return known;
    }

}

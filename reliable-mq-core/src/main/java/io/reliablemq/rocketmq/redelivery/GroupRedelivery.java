package io.reliablemq.rocketmq.redelivery;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.rocketmq.ClientMessages;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerRegistry;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.MQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;

/**
 * Delivers a message again to one consumer group only, with the same RELIABLE_ID and
 * UNIQ_KEY, so that the group's guard knows it. A concurrent group gets it by its retry
 * topic. An ordered group has none that it may use: it gets it by the message's topic,
 * with a header that makes the guarded listeners of all other groups skip it.
 * <p>
 * A stored message is delivered on the cluster that it names, another one on that of the
 * group's listeners in this application, else on the default one. Where that cluster is
 * not known here, it is refused. One that was made with a producer of its own delivers
 * wherever that leads.
 */
public final class GroupRedelivery {

    /**
     * Where the addressee is obeyed: its listener may send the copy on, headers and all.
     */
    public static final String TARGET_TOPIC = ReliableHeaders.PREFIX + "TARGET_TOPIC";

    private final Route route;

    /**
     * Creates a redelivery on the cluster of one producer.
     * @param producer sends the copies; asked for when the first one is sent
     * @param unguardedGroups the groups that subscribe to a topic without a guard; they
     * would process a copy that is not meant for them
     */
    public GroupRedelivery(Supplier<MQProducer> producer, Function<String, Set<String>> unguardedGroups) {
        this(new OneCluster(producer, unguardedGroups));
    }

    private GroupRedelivery(Route route) {
        this.route = route;
    }

    /**
     * Creates a redelivery on all clusters.
     * @param clusters lead to them
     * @param registry knows the guarded listeners of this application
     * @param registered names the guarded groups of other applications on the cluster
     * that a client leads to
     * @return the redelivery
     */
    public static GroupRedelivery on(Clusters clusters, ListenerRegistry registry,
            Function<ClientConfig, Set<String>> registered) {
        return new GroupRedelivery(new AllClusters(clusters, registry, registered));
    }

    /**
     * Whether it delivers on a cluster.
     * @param cluster name of the cluster
     * @param clusters know the names
     * @return {@code false} if its producer leads to another one
     */
    public boolean leadsTo(String cluster, Clusters clusters) {
        return this.route.leadsTo(cluster, clusters);
    }

    /**
     * Delivers a message again to a group that consumes concurrently.
     * @param message the message as it was delivered or read from a topic
     * @param group the consumer group, with its namespace where there is one
     * @throws ReliableMQException if the broker has not confirmed it
     */
    public void toConcurrent(MessageExt message, String group) {
        toConcurrent(message, group, Map.of());
    }

    public void toConcurrent(MessageExt message, String group, Map<String, String> headers) {
        toConcurrent(this.route.of(group), message, group, headers);
    }

    private static void toConcurrent(OneCluster there, MessageExt message, String group, Map<String, String> headers) {
        GroupPublisher publisher = new GroupPublisher(group, there.producer());
        Message copy = publisher.retryCopy(message);
        headers.forEach(copy::putUserProperty);
        send(publisher, copy, group);
    }

    /**
     * Delivers a message again to a group that consumes in order. The copy comes behind
     * what its queue holds already.
     * @param message the message as it was delivered or read from a topic
     * @param group the consumer group, with its namespace where there is one
     * @throws ReliableMQException if a group without a guard subscribes to the topic, or
     * the broker has not confirmed it
     */
    public void toOrdered(MessageExt message, String group) {
        toOrdered(message, group, Map.of());
    }

    public void toOrdered(MessageExt message, String group, Map<String, String> headers) {
        toOrdered(this.route.of(group), message, group, headers);
    }

    private static void toOrdered(OneCluster there, MessageExt message, String group, Map<String, String> headers) {
        String topic = GroupPublisher.originalTopic(message);
        Set<String> unguarded = new TreeSet<>(there.unguardedGroups().apply(topic));
        unguarded.remove(group);
        unguarded.remove(NamespaceUtil.withoutNamespace(group));
        if (!unguarded.isEmpty()) {
            throw new ReliableMQException("Not redelivered to " + group + ": the groups " + unguarded + " subscribe to "
                    + topic + " without @IdempotentConsumer and would process the copy too."
                    + " Guard them, or redeliver to all groups.");
        }
        GroupPublisher publisher = new GroupPublisher(group, there.producer());
        Message copy = publisher.copy(message, topic);
        copy.putUserProperty(ReliableHeaders.TARGET_GROUP, group);
        copy.putUserProperty(TARGET_TOPIC, topic);
        headers.forEach(copy::putUserProperty);
        send(publisher, copy, group);
    }

    /**
     * Delivers a message again to every group that subscribes to its topic on the default
     * cluster, or that of the producer that this was made with.
     * @param message the message as it was delivered or read from a topic
     * @throws ReliableMQException if the broker has not confirmed it
     */
    public void toAll(MessageExt message) {
        GroupPublisher publisher = new GroupPublisher("*", this.route.at(StoredMessage.DEFAULT_CLUSTER).producer());
        send(publisher, publisher.copy(message, GroupPublisher.originalTopic(message)), "all groups");
    }

    /**
     * Delivers a message again to a group that consumes concurrently.
     * @param message the message as the tables hold it
     * @param group the consumer group, with its namespace where there is one
     * @throws ReliableMQException if the message's cluster is not known here, or the
     * broker has not confirmed it
     */
    public void toConcurrent(StoredMessage message, String group) {
        toConcurrent(this.route.at(message.cluster()), ClientMessages.incoming(message), group, Map.of());
    }

    /**
     * Delivers a message again to a group that consumes in order.
     * @param message the message as the tables hold it
     * @param group the consumer group, with its namespace where there is one
     * @throws ReliableMQException if a group without a guard subscribes to the topic, or
     * the broker has not confirmed it
     */
    public void toOrdered(StoredMessage message, String group) {
        toOrdered(this.route.at(message.cluster()), ClientMessages.incoming(message), group, Map.of());
    }

    private static void send(GroupPublisher publisher, Message copy, String addressee) {
        try {
            publisher.sendConfirmed(copy);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while redelivering to " + addressee
                    + "; whether the broker has the copy is not known. Redeliver again: the guard absorbs a second one.",
                    ex);
        }
        catch (Exception ex) {
            throw new ReliableMQException("The broker has not confirmed the copy for " + addressee
                    + ". Redeliver again: the guard absorbs a second one.", ex);
        }
    }

    /** The way to a cluster. */
    private interface Route {

        OneCluster at(String cluster);

        OneCluster of(String group);

        boolean leadsTo(String cluster, Clusters clusters);

    }

    /** Always the same. */
    private record OneCluster(Supplier<MQProducer> producer,
            Function<String, Set<String>> unguardedGroups) implements Route {

        @Override
        public OneCluster at(String cluster) {
            return this;
        }

        @Override
        public OneCluster of(String group) {
            return this;
        }

        @Override
        public boolean leadsTo(String cluster, Clusters clusters) {
            return (this.producer.get() instanceof ClientConfig client) ? clusters.isNamed(cluster, client)
                    : cluster.equals(StoredMessage.DEFAULT_CLUSTER);
        }

    }

    /** That of the message, or of the group's listeners. */
    private record AllClusters(Clusters clusters, ListenerRegistry registry,
            Function<ClientConfig, Set<String>> registered) implements Route {

        @Override
        public OneCluster at(String cluster) {
            DefaultMQProducer producer = this.clusters.producer(cluster);
            return new OneCluster(() -> producer,
                    new SubscribingGroups(() -> producer, this.registry, this.registered)::unguarded);
        }

        @Override
        public OneCluster of(String group) {
            Set<String> names = this.clusters.namesOfGroup(group);
            if (names.size() > 1) {
                throw new ReliableMQException("Not redelivered to " + group + ": this application consumes for it from"
                        + " the clusters " + names + ", and the message does not say which one is meant. Redeliver it"
                        + " as a StoredMessage that names its cluster.");
            }
            return at(names.isEmpty() ? StoredMessage.DEFAULT_CLUSTER : names.iterator().next());
        }

        @Override
        public boolean leadsTo(String cluster, Clusters known) {
            return true;
        }

    }

}

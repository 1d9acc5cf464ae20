package io.reliablemq.rocketmq.redelivery;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.GuardedListener;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/**
 * Asks the brokers of one cluster which consumer groups subscribe to a topic. Known to be
 * guarded are those with a guarded listener on that cluster in this application and those
 * that are registered as guarded there now; all others count as unguarded, also those
 * that once were guarded, and those of the same name on another cluster.
 */
public final class SubscribingGroups {

    private final Supplier<DefaultMQProducer> producer;

    private final ListenerRegistry registry;

    private final Function<ClientConfig, Set<String>> registered;

    /**
     * Creates the question.
     * @param producer over whose connections to ask
     * @param registry knows the guarded listeners of this application
     */
    public SubscribingGroups(Supplier<DefaultMQProducer> producer, ListenerRegistry registry) {
        this(producer, registry, (client) -> Set.of());
    }

    /**
     * Creates the question.
     * @param producer over whose connections to ask
     * @param registry knows the guarded listeners of this application
     * @param registered names the guarded groups of other applications on the cluster
     * that a client leads to
     */
    public SubscribingGroups(Supplier<DefaultMQProducer> producer, ListenerRegistry registry,
            Function<ClientConfig, Set<String>> registered) {
        this.producer = producer;
        this.registry = registry;
        this.registered = registered;
    }

    /**
     * The groups that are not known to be guarded.
     * @param topic name of a topic, with the producer's namespace or without it
     * @return their names, without the namespace
     * @throws ReliableMQException if a broker cannot be asked
     */
    public Set<String> unguarded(String topic) {
        Set<String> groups = all(topic);
        ClientConfig there = this.producer.get();
        groups.removeAll(guardedHere(there));
        if (!groups.isEmpty()) {
            groups.removeAll(this.registered.apply(there));
        }
        return groups;
    }

    /** A group of the same name on another cluster is another group. */
    Set<String> guardedHere(ClientConfig there) {
        return this.registry.guarded()
            .stream()
            .map(GuardedListener::listener)
            .filter((listener) -> Clusters.areOne(listener.container().getConsumer(), there))
            .map(ListenerDescription::group)
            .collect(Collectors.toSet());
    }

    private Set<String> all(String topic) {
        return AdminChannel.answer("the brokers who consumes " + topic, () -> {
            AdminChannel channel = AdminChannel.require(this.producer.get());
            TopicRouteData route = channel.route(topic);
            if (route == null) {
                throw new MQClientException(ResponseCode.TOPIC_NOT_EXIST, "No broker has the topic");
            }
            Set<String> groups = new TreeSet<>();
            for (BrokerData broker : route.getBrokerDatas()) {
                for (String group : channel.broker(broker.selectBrokerAddr()).groups(topic)) {
                    groups.add(channel.withoutNamespace(group));
                }
            }
            return groups;
        });
    }

}

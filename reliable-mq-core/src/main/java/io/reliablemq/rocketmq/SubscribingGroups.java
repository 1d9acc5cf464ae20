package io.reliablemq.rocketmq;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.reliablemq.ReliableMQException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;

/**
 * Asks the brokers which consumer groups subscribe to a topic. Known to be guarded are
 * those with a guarded listener in this application and those that are registered as
 * guarded now; all others count as unguarded, also those that once were guarded.
 */
public final class SubscribingGroups {

    private static final long TIMEOUT_MILLIS = 3000;

    private final Supplier<DefaultMQProducer> producer;

    private final ListenerRegistry registry;

    private final Supplier<Set<String>> registered;

    /**
     * Creates the question.
     * @param producer over whose connections to ask
     * @param registry knows the guarded listeners of this application
     */
    public SubscribingGroups(Supplier<DefaultMQProducer> producer, ListenerRegistry registry) {
        this(producer, registry, Set::of);
    }

    /**
     * Creates the question.
     * @param producer over whose connections to ask
     * @param registry knows the guarded listeners of this application
     * @param registered names the guarded groups of other applications
     */
    public SubscribingGroups(Supplier<DefaultMQProducer> producer, ListenerRegistry registry,
            Supplier<Set<String>> registered) {
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
        groups.removeAll(this.registry.guarded()
            .stream()
            .map((container) -> container.listener().group())
            .collect(Collectors.toSet()));
        if (!groups.isEmpty()) {
            groups.removeAll(this.registered.get());
        }
        return groups;
    }

    private Set<String> all(String topic) {
        Set<String> groups = new TreeSet<>();
        try {
            String namespace = ProducerInternals.namespace(this.producer.get());
            String named = ProducerInternals.withNamespace(this.producer.get(), topic);
            var client = ProducerInternals.of(this.producer.get()).getMqClientFactory().getMQClientAPIImpl();
            for (BrokerData broker : client.getTopicRouteInfoFromNameServer(named, TIMEOUT_MILLIS).getBrokerDatas()) {
                String address = broker.selectBrokerAddr();
                client.queryTopicConsumeByWho(address, named, TIMEOUT_MILLIS)
                    .getGroupList()
                    .forEach((group) -> groups.add(NamespaceUtil.withoutNamespace(group, namespace)));
            }
            return groups;
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while asking who consumes " + topic, ex);
        }
        catch (Exception ex) {
            throw new ReliableMQException("Could not ask the brokers who consumes " + topic
                    + ": check that they are reachable and let this application ask", ex);
        }
    }

}

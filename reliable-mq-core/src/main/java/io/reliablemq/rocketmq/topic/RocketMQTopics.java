package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.ReliableMQException;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ConsumerInternals;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.topic.TopicAdmin.Master;
import io.reliablemq.topic.BrokerQueues;
import io.reliablemq.topic.ResizeReport;
import io.reliablemq.topic.ResizeRequest;
import io.reliablemq.topic.TopicDeclaration;
import io.reliablemq.topic.TopicReport;
import io.reliablemq.topic.Topics;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/**
 * Topics of one cluster: over a producer, or over a listener's consumer where the
 * application only consumes.
 */
public final class RocketMQTopics implements Topics {

    private final Supplier<? extends Collection<DefaultMQProducer>> producers;

    private final ListenerRegistry registry;

    private final List<TopicDeclaration> declared;

    private final Consumer<String> checkpoint;

    private final Predicate<ListenerDescription> here;

    /**
     * Creates it for the cluster that {@code rocketmq.name-server} leads to, without
     * asking anyone.
     * @param clusters lead there
     * @param registry the application's listeners
     * @param declared what the application declares
     * @throws InvalidConfigurationException if a topic is declared twice with different
     * values
     */
    public RocketMQTopics(Clusters clusters, ListenerRegistry registry, Collection<TopicDeclaration> declared) {
        this(() -> clusters.producers(StoredMessage.DEFAULT_CLUSTER), registry, declared, (step) -> {
        }, (listener) -> clusters.isNamed(StoredMessage.DEFAULT_CLUSTER, listener.container().getConsumer()));
    }

    /**
     * Creates it for an application on one cluster, without asking anyone.
     * @param producers the application's producers, asked for at each question; the first
     * one that runs is used
     * @param registry the application's listeners
     * @param declared what the application declares
     * @throws InvalidConfigurationException if a topic is declared twice with different
     * values
     */
    public RocketMQTopics(Supplier<? extends Collection<DefaultMQProducer>> producers, ListenerRegistry registry,
            Collection<TopicDeclaration> declared) {
        this(producers, registry, declared, (step) -> {
        });
    }

    /**
     * Creates it for an application on one cluster, without asking anyone.
     * @param producers the application's producers, asked for at each question; the first
     * one that runs is used
     * @param registry the application's listeners
     * @param declared what the application declares
     * @param checkpoint told each step of a resize once it is taken; what it throws ends
     * the resize there, as a crash would
     * @throws InvalidConfigurationException if a topic is declared twice with different
     * values
     */
    public RocketMQTopics(Supplier<? extends Collection<DefaultMQProducer>> producers, ListenerRegistry registry,
            Collection<TopicDeclaration> declared, Consumer<String> checkpoint) {
        this(producers, registry, declared, checkpoint, (listener) -> true);
    }

    private RocketMQTopics(Supplier<? extends Collection<DefaultMQProducer>> producers, ListenerRegistry registry,
            Collection<TopicDeclaration> declared, Consumer<String> checkpoint, Predicate<ListenerDescription> here) {
        this.here = here;
        this.producers = producers;
        this.registry = registry;
        this.declared = declared.stream().distinct().sorted(Comparator.comparing(TopicDeclaration::name)).toList();
        this.checkpoint = checkpoint;
        for (int i = 1; i < this.declared.size(); i++) {
            TopicDeclaration one = this.declared.get(i - 1);
            TopicDeclaration other = this.declared.get(i);
            if (one.name().equals(other.name())) {
                throw new InvalidConfigurationException(
                        "Topic '" + one.name() + "' is declared twice: " + one + " and " + other + ".",
                        "Declare it once, as a bean or by reliable-mq.topics.");
            }
        }
    }

    @Override
    public List<TopicDeclaration> declared() {
        return this.declared;
    }

    @Override
    public Set<String> known() {
        Set<String> known = new TreeSet<>();
        this.declared.forEach((it) -> known.add(it.name()));
        listeners().forEach((it) -> known.add(it.topic()));
        return known;
    }

    @Override
    public TopicReport describe(String topic) {
        TopicAdmin admin = admin(topic);
        TopicRouteData route = admin.route();
        if (route == null) {
            return new TopicReport(topic, List.of(), List.of(), List.of("No broker has the topic."));
        }
        List<Master> masters = TopicAdmin.masters(route);
        List<String> notes = new ArrayList<>();
        TopicAdmin.headless(route).forEach((broker) -> notes.add("Broker " + broker + " has no master now."));
        List<BrokerQueues> brokers = new ArrayList<>();
        for (Master master : masters) {
            TopicConfig config = admin.requireConfig(master);
            brokers.add(new BrokerQueues(master.broker(), config.getReadQueueNums(), config.getWriteQueueNums()));
            if (config.getReadQueueNums() != config.getWriteQueueNums()) {
                notes.add("Broker " + master.broker() + " has " + config.getReadQueueNums() + " queues to read and "
                        + config.getWriteQueueNums() + " to write: a change of their number is under way, or has not"
                        + " been completed.");
            }
        }
        notes.addAll(new ClosedQueues(admin).look(masters));
        return new TopicReport(topic, brokers, admin.groups(masters).stream().map(admin::shown).toList(), notes);
    }

    @Override
    public List<String> differences(TopicDeclaration declaration) {
        return new DeclaredTopic(admin(declaration.name()), declaration).differences();
    }

    @Override
    public List<String> create(TopicDeclaration declaration) {
        return new DeclaredTopic(admin(declaration.name()), declaration).create();
    }

    @Override
    public synchronized ResizeReport resize(ResizeRequest request) {
        boolean ordered = this.declared.stream().anyMatch((it) -> it.name().equals(request.topic()) && it.order());
        return new TopicResize(admin(request.topic()), request, ordered, () -> nudge(request.topic()),
                new ResizeLog(request.topic(), this.checkpoint))
            .run();
    }

    /**
     * The consumers of this application need not wait for their next look at the route.
     */
    private void nudge(String topic) {
        for (ListenerDescription listener : listeners()) {
            DefaultMQPushConsumer consumer = listener.container().getConsumer();
            if (listener.topic().equals(topic)) {
                ConsumerInternals.refreshRoute(consumer, ConsumerInternals.withNamespace(consumer, topic));
                ConsumerInternals.rebalanceSoon(consumer);
            }
        }
    }

    /** Those on this cluster. */
    private List<ListenerDescription> listeners() {
        return this.registry.listeners().stream().filter(this.here).toList();
    }

    private TopicAdmin admin(String topic) {
        for (DefaultMQProducer producer : this.producers.get()) {
            AdminChannel channel = AdminChannel.of(producer);
            if (channel != null) {
                return new TopicAdmin(channel, topic);
            }
        }
        for (ListenerDescription listener : listeners()) {
            AdminChannel channel = AdminChannel.of(listener.container().getConsumer());
            if (channel != null) {
                return new TopicAdmin(channel, topic);
            }
        }
        throw new ReliableMQException(
                "No producer and no listener of this application runs on the cluster of rocketmq.name-server, so that"
                        + " nobody can be asked about topic '" + topic
                        + "'. Wait for the start, or set rocketmq.producer.group.");
    }

    /** Whether there is somebody to ask. */
    boolean isConnected() {
        return this.producers.get().stream().anyMatch((it) -> AdminChannel.of(it) != null)
                || listeners().stream().anyMatch((it) -> AdminChannel.of(it.container().getConsumer()) != null);
    }

}

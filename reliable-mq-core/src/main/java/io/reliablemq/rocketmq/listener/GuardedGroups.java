package io.reliablemq.rocketmq.listener;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.reliablemq.ReliableMQException;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.GuardedListener;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.lookup.GroupInspector;
import io.reliablemq.schedule.PeriodicTask;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Registers the guarded groups of this application where their records are kept: before
 * the first message is consumed, and then every few minutes. A failed registration is
 * retried soon; the listeners work all the same.
 */
public final class GuardedGroups implements SmartLifecycle {

    private static final Logger logger = LoggerFactory.getLogger(GuardedGroups.class);

    /** Before the containers, which come 2,000 before the end. */
    private static final int PHASE = Integer.MAX_VALUE - 2500;

    private static final Duration PERIOD = GroupSubscription.REFRESH;

    /** By then the containers run, and can tell how far their groups are. */
    private static final Duration FIRST = Duration.ofSeconds(10);

    private final ListenerRegistry registry;

    private final GuardFactory guards;

    private final Map<IdempotencyStoreType, GroupDirectory> directories;

    private final Clusters clusters;

    private final Clock clock;

    private final PeriodicTask task = PeriodicTask.of("reliable-mq-groups", FIRST, PERIOD,
            "The guarded consumer groups could not be registered again", this::registerAndGoOn);

    /**
     * Creates it without registering anything.
     * @param registry knows the guarded listeners
     * @param guards know where a listener keeps its records
     * @param directories where groups register, by the kind of store
     * @param clusters name the clusters of the listeners
     * @param clock tells which registrations are still renewed
     */
    public GuardedGroups(ListenerRegistry registry, GuardFactory guards,
            Map<IdempotencyStoreType, GroupDirectory> directories, Clusters clusters, Clock clock) {
        this.registry = registry;
        this.guards = guards;
        this.directories = Map.copyOf(directories);
        this.clusters = clusters;
        this.clock = clock;
    }

    /**
     * The groups of all applications with the same directories that are guarded now on
     * one cluster: a registration that is no longer renewed says nothing about who
     * consumes today, nor does one of a group of the same name on another cluster.
     * @param client leads to the cluster
     * @return their names
     * @throws ReliableMQException if a directory cannot be read
     */
    public Set<String> registered(ClientConfig client) {
        Instant now = this.clock.instant();
        return subscriptions().stream()
            .filter((subscription) -> subscription.isGuarded(now))
            .filter((subscription) -> this.clusters.isNamed(subscription.cluster(), client))
            .map(GroupSubscription::group)
            .collect(Collectors.toSet());
    }

    /**
     * What the guarded groups of all applications with the same directories subscribe to.
     * @return one per cluster, group and topic
     * @throws ReliableMQException if a directory cannot be read
     */
    public List<GroupSubscription> subscriptions() {
        return this.directories.values().stream().flatMap((directory) -> directory.groups().stream()).toList();
    }

    /**
     * The guarded groups of this application that keep their records in a kind of store.
     * @param type the kind
     * @return their names
     */
    public Set<String> keptIn(IdempotencyStoreType type) {
        return this.registry.guarded()
            .stream()
            .filter((container) -> container.listener().guarded())
            .filter((container) -> this.guards.backendFor(container.settings()).type() == type)
            .map((container) -> container.listener().group())
            .collect(Collectors.toSet());
    }

    @Override
    public synchronized void start() {
        if (!this.task.isAlive()) {
            register();
            this.task.start();
        }
    }

    @Override
    public synchronized void stop() {
        this.task.close();
    }

    @Override
    public synchronized boolean isRunning() {
        return this.task.isAlive();
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /**
     * Registers the running groups of this application again, so that what they have read
     * until now is known to have been read under their guards. What cannot be registered
     * is said in the log, and tried again soon.
     */
    public void refresh() {
        if (isRunning()) {
            registerAndGoOn();
        }
    }

    /** Without it the groups would soon count as no longer guarded. */
    private void registerAndGoOn() {
        try {
            register();
        }
        catch (Throwable ex) {
            // The next round tries again.
            logger.warn("The guarded consumer groups could not be registered again; trying again in {}", PERIOD, ex);
        }
    }

    void register() {
        Map<IdempotencyStoreType, List<GuardedListener>> groups = this.registry.guarded()
            .stream()
            .filter((container) -> container.listener().guarded())
            .collect(Collectors.groupingBy((container) -> this.guards.backendFor(container.settings()).type(),
                    () -> new EnumMap<>(IdempotencyStoreType.class), Collectors.toList()));
        groups.forEach((type, some) -> {
            GroupDirectory directory = this.directories.get(type);
            if (directory == null) {
                return;
            }
            try {
                Collection<GroupSubscription> known = directory.groups();
                directory.register(some.stream().flatMap((container) -> subscriptions(container, known)).toList());
                warnOfOthers(some, directory.groups());
            }
            catch (RuntimeException | Error ex) {
                // One store's is not the others'.
                logger.warn("The guarded consumer groups could not be registered; reconciliation does not expect them"
                        + " before that. Trying again in {}", PERIOD, ex);
            }
        });
    }

    /** One for each template that leads to the listener's cluster. */
    private Stream<GroupSubscription> subscriptions(GuardedListener guarded, Collection<GroupSubscription> known) {
        return this.clusters.namesOf(guarded.listener())
            .stream()
            .map((cluster) -> subscription(guarded, cluster, known));
    }

    private void warnOfOthers(List<GuardedListener> own, Collection<GroupSubscription> registered) {
        for (GroupSubscription group : registered) {
            if (group.isDisputed() && own.stream().anyMatch((it) -> isOf(it, group))) {
                logger.warn("Instances of consumer group {} subscribe to {} differently, the last one to '{}'. RocketMQ"
                        + " keeps one subscription per group, and the others lose messages: give all instances the"
                        + " same one. During a deployment this ends by itself", group.group(), group.topic(),
                        group.subscription());
            }
        }
    }

    private boolean isOf(GuardedListener guarded, GroupSubscription group) {
        ListenerDescription listener = guarded.listener();
        return group.group().equals(listener.group()) && group.topic().equals(listener.topic())
                && this.clusters.isNamed(group.cluster(), listener.container().getConsumer());
    }

    private GroupSubscription subscription(GuardedListener guarded, String cluster,
            Collection<GroupSubscription> known) {
        ListenerDescription listener = guarded.listener();
        DefaultRocketMQListenerContainer container = listener.container();
        boolean keyed = !guarded.settings().key().isEmpty();
        return new GroupSubscription(cluster, listener.group(), listener.topic(), container.getSelectorExpression(),
                container.getSelectorType().name(), container.getMessageModel().name(), listener.ordered(), keyed,
                Instant.EPOCH, Instant.EPOCH, guarded.settings().retention(), GroupInspector.of(container.getConsumer(),
                        listener.group(), listener.topic(), clients(guarded, known)));
    }

    private Set<String> clients(GuardedListener guarded, Collection<GroupSubscription> known) {
        return known.stream()
            .filter((group) -> isOf(guarded, group))
            .flatMap((group) -> group.history().clients().keySet().stream())
            .collect(Collectors.toSet());
    }

}

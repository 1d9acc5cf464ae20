package io.reliablemq.rocketmq.backlog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.jspecify.annotations.Nullable;

/**
 * The groups to ask about: those of this application's listeners, whether they run or
 * not, and those of other services that are named. Each is asked for on its own cluster;
 * that of another service's group is where the group is registered, else the default one.
 * Broadcasting listeners keep their offsets to themselves and are left out.
 */
final class BacklogTargets {

    private final Clusters clusters;

    private final ListenerRegistry registry;

    private final Map<String, List<String>> others;

    BacklogTargets(Clusters clusters, ListenerRegistry registry, Map<String, List<String>> others) {
        this.clusters = clusters;
        this.registry = registry;
        this.others = Map.copyOf(others);
    }

    /** Whether clusters or topics of a group have to be found out. */
    boolean needsDirectory() {
        return !this.others.isEmpty();
    }

    List<BacklogTarget> list(Collection<GroupSubscription> directory, BacklogQuestions questions) {
        List<BacklogTarget> targets = new ArrayList<>();
        for (ListenerDescription listener : this.registry.listeners()) {
            if (listener.container().getMessageModel() == MessageModel.CLUSTERING) {
                own(listener, targets, questions);
            }
        }
        this.others.forEach((group, topics) -> other(group, topics, directory, targets, questions));
        return List.copyOf(targets);
    }

    private void own(ListenerDescription listener, List<BacklogTarget> targets, BacklogQuestions questions) {
        AdminChannel running = AdminChannel.of(listener.container().getConsumer());
        String cluster = this.clusters.nameOf(listener);
        AdminChannel channel = (running != null) ? running : at(cluster);
        if (channel == null) {
            questions.problem("Group " + listener.group() + " cannot be asked for: its listener does not run");
            return;
        }
        Map<String, TagFilter> topics = new HashMap<>();
        BacklogTarget known = find(listener.group(), channel, targets);
        if (known != null) {
            topics.putAll(known.topics());
            targets.remove(known);
        }
        topics.put(listener.topic(), TagFilter.of(listener.container().getSelectorType().name(),
                listener.container().getSelectorExpression()));
        targets.add(new BacklogTarget(cluster, listener.group(), true, pausedBy(listener.group()), channel, topics));
    }

    private void other(String group, List<String> named, Collection<GroupSubscription> directory,
            List<BacklogTarget> targets, BacklogQuestions questions) {
        Set<String> names = clusters(group, directory);
        boolean reachable = false;
        for (String cluster : names) {
            AdminChannel channel = at(cluster);
            reachable |= channel != null;
            if (channel != null && find(group, channel, targets) == null) {
                targets.add(new BacklogTarget(cluster, group, false, Set.of(), channel,
                        topics(group, channel, named, directory)));
            }
        }
        if (!reachable) {
            questions.problem("Group " + group + " cannot be asked for: neither a producer nor a listener runs here"
                    + " on the cluster " + String.join(", ", names));
        }
    }

    private static Set<String> clusters(String group, Collection<GroupSubscription> directory) {
        Set<String> names = directory.stream()
            .filter((subscription) -> subscription.group().equals(group))
            .map(GroupSubscription::cluster)
            .collect(Collectors.toCollection(TreeSet::new));
        return names.isEmpty() ? Set.of(StoredMessage.DEFAULT_CLUSTER) : names;
    }

    private static @Nullable BacklogTarget find(String group, AdminChannel channel, List<BacklogTarget> targets) {
        return targets.stream()
            .filter((target) -> target.group().equals(group)
                    && Clusters.areOne(target.channel().config(), channel.config()))
            .findFirst()
            .orElse(null);
    }

    private Set<String> pausedBy(String group) {
        return this.registry.tunable()
            .stream()
            .filter((listener) -> listener.group().equals(group))
            .flatMap((listener) -> listener.pausedBy().stream())
            .collect(Collectors.toSet());
    }

    private Map<String, TagFilter> topics(String group, AdminChannel channel, List<String> named,
            Collection<GroupSubscription> directory) {
        Map<String, TagFilter> topics = new HashMap<>();
        named.forEach((topic) -> topics.put(topic, TagFilter.unknown()));
        for (GroupSubscription subscription : directory) {
            if (subscription.group().equals(group) && (named.isEmpty() || named.contains(subscription.topic()))
                    && this.clusters.isNamed(subscription.cluster(), channel.config())) {
                topics.put(subscription.topic(), TagFilter.of(subscription.filterType(), subscription.subscription()));
            }
        }
        return topics;
    }

    /** The first client of this application that runs there. */
    private @Nullable AdminChannel at(String cluster) {
        Stream<@Nullable AdminChannel> sending = this.clusters.producers(cluster).stream().map(AdminChannel::of);
        Stream<@Nullable AdminChannel> consuming = new ArrayList<>(this.registry.listeners()).stream()
            .map((listener) -> listener.container().getConsumer())
            .filter((consumer) -> this.clusters.isNamed(cluster, consumer))
            .map(AdminChannel::of);
        return Stream.concat(sending, consuming).filter(Objects::nonNull).findFirst().orElse(null);
    }

}

package io.reliablemq.rocketmq;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.reliablemq.reconcile.GroupSubscription;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.jspecify.annotations.Nullable;

/**
 * The groups to ask about: those of this application's listeners, whether they run or
 * not, and those of other services that are named. Broadcasting listeners keep their
 * offsets to themselves and are left out.
 */
final class BacklogTargets {

    private final Supplier<? extends Collection<DefaultMQProducer>> producers;

    private final ListenerRegistry registry;

    private final Map<String, List<String>> others;

    BacklogTargets(Supplier<? extends Collection<DefaultMQProducer>> producers, ListenerRegistry registry,
            Map<String, List<String>> others) {
        this.producers = producers;
        this.registry = registry;
        this.others = Map.copyOf(others);
    }

    /** Whether the topics of a group have to be found out. */
    boolean needsDirectory() {
        return this.others.values().stream().anyMatch(List::isEmpty);
    }

    List<BacklogTarget> list(Collection<GroupSubscription> directory, BacklogQuestions questions) {
        AdminChannel shared = shared();
        Map<String, BacklogTarget> targets = new LinkedHashMap<>();
        for (ListenerDescription listener : this.registry.listeners()) {
            if (listener.container().getMessageModel() == MessageModel.CLUSTERING) {
                own(listener, shared, targets, questions);
            }
        }
        this.others.forEach((group, topics) -> {
            if (targets.containsKey(group)) {
                return;
            }
            if (shared == null) {
                questions
                    .problem("Group " + group + " cannot be asked for: neither a producer nor a listener runs here");
                return;
            }
            targets.put(group, new BacklogTarget(group, false, Set.of(), shared, topics(group, topics, directory)));
        });
        return List.copyOf(targets.values());
    }

    private void own(ListenerDescription listener, @Nullable AdminChannel shared, Map<String, BacklogTarget> targets,
            BacklogQuestions questions) {
        AdminChannel running = AdminChannel.of(listener.container().getConsumer());
        AdminChannel channel = (running != null) ? running : shared;
        if (channel == null) {
            questions.problem("Group " + listener.group() + " cannot be asked for: its listener does not run");
            return;
        }
        Map<String, TagFilter> topics = new HashMap<>();
        BacklogTarget known = targets.get(listener.group());
        if (known != null) {
            topics.putAll(known.topics());
        }
        topics.put(listener.topic(), TagFilter.of(listener.container().getSelectorType().name(),
                listener.container().getSelectorExpression()));
        targets.put(listener.group(),
                new BacklogTarget(listener.group(), true, pausedBy(listener.group()), channel, topics));
    }

    private Set<String> pausedBy(String group) {
        return this.registry.tunable()
            .stream()
            .filter((listener) -> listener.group().equals(group))
            .flatMap((listener) -> listener.pausedBy().stream())
            .collect(Collectors.toSet());
    }

    private static Map<String, TagFilter> topics(String group, List<String> named,
            Collection<GroupSubscription> directory) {
        Map<String, TagFilter> topics = new HashMap<>();
        named.forEach((topic) -> topics.put(topic, TagFilter.unknown()));
        for (GroupSubscription subscription : directory) {
            if (subscription.group().equals(group) && (named.isEmpty() || named.contains(subscription.topic()))) {
                topics.put(subscription.topic(), TagFilter.of(subscription.filterType(), subscription.subscription()));
            }
        }
        return topics;
    }

    /** The first client of this application that runs. */
    private @Nullable AdminChannel shared() {
        Stream<@Nullable AdminChannel> sending = this.producers.get().stream().map(AdminChannel::of);
        Stream<@Nullable AdminChannel> consuming = new ArrayList<>(this.registry.listeners()).stream()
            .map((listener) -> AdminChannel.of(listener.container().getConsumer()));
        return Stream.concat(sending, consuming).filter(Objects::nonNull).findFirst().orElse(null);
    }

}

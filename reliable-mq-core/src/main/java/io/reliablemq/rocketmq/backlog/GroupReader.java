package io.reliablemq.rocketmq.backlog;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.reliablemq.backlog.QueueReading;
import io.reliablemq.backlog.TopicReading;
import io.reliablemq.rocketmq.backlog.TopicBrokers.Master;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.remoting.protocol.admin.TopicOffset;
import org.jspecify.annotations.Nullable;

/**
 * Reads one group: its clients, its topics, its retry topic and its dead letters. What
 * one broker does not tell makes its topics missing, not wrong.
 */
final class GroupReader {

    private final BacklogTarget target;

    private final BacklogChannel channel;

    private final BacklogQuestions questions;

    private final TopicBrokers brokers;

    private final BrokerSnapshot facts;

    private final Clock clock;

    private final Map<String, Master> masters = new TreeMap<>();

    private final Map<String, List<QueueReading>> queues = new LinkedHashMap<>();

    private final Set<String> failed = new TreeSet<>();

    GroupReader(BacklogTarget target, BacklogQuestions questions, TopicBrokers brokers, BrokerSnapshot facts,
            Clock clock) {
        this.target = target;
        this.channel = new BacklogChannel(target.channel(), questions);
        this.questions = questions;
        this.brokers = brokers;
        this.facts = facts;
        this.clock = clock;
    }

    GroupReading read() throws Exception {
        String group = this.target.group();
        String retryTopic = MixAll.getRetryTopic(group);
        List<Master> retry = this.brokers.of(this.target.channel(), retryTopic, this.questions);
        GroupClients clients = new GroupClients(this.channel, group, this.questions);
        Map<String, TagFilter> filters = new TreeMap<>(this.target.topics());
        if (filters.isEmpty()) {
            filters.putAll(clients.discover((retry != null) ? retry : this.brokers.all(this.channel)));
        }
        Map<String, List<Master>> routes = routes(filters.keySet());
        if (retry != null) {
            routes.put(retryTopic, retry);
        }
        remember(routes.values());
        clients.ask(this.masters.values());
        clients.refine(filters);
        readAll(routes, filters);
        int consumers = clients.count();
        Duration retention = this.facts.retention(this.channel, this.masters.values());
        List<TopicReading> topics = filters.keySet()
            .stream()
            .filter((topic) -> !this.failed.contains(topic))
            .map((topic) -> reading(topic, consumers, retention))
            .toList();
        TopicReading retries = this.failed.contains(retryTopic) ? null : reading(retryTopic, consumers, retention);
        return new GroupReading(this.target, this.channel, topics.size() == filters.size() && !filters.isEmpty(),
                consumers, topics, filters, retries, deadLetters(), this.masters);
    }

    private TopicReading reading(String topic, int consumers, @Nullable Duration retention) {
        return new TopicReading(this.target.group(), topic, consumers, retention,
                this.queues.getOrDefault(topic, List.of()), this.target.cluster());
    }

    private Map<String, List<Master>> routes(Collection<String> topics) throws Exception {
        Map<String, List<Master>> routes = new LinkedHashMap<>();
        for (String topic : topics) {
            List<Master> found = this.brokers.of(this.target.channel(), topic, this.questions);
            if (found != null) {
                routes.put(topic, found);
            }
            else {
                fail(topic, "the name server knows no broker that has this topic");
            }
        }
        return routes;
    }

    private void remember(Collection<List<Master>> routes) {
        routes.forEach((some) -> some.forEach((master) -> this.masters.put(master.broker(), master)));
    }

    /** One question per broker for the offsets in all topics that it has. */
    private void readAll(Map<String, List<Master>> routes, Map<String, TagFilter> filters) throws Exception {
        for (Master master : this.masters.values()) {
            Set<String> topics = new TreeSet<>();
            routes.forEach((topic, some) -> {
                if (some.contains(master)) {
                    topics.add(topic);
                }
            });
            String address = master.address();
            if (address == null) {
                topics.forEach((topic) -> fail(topic, "broker " + master.broker() + " has no master"));
                continue;
            }
            try {
                Map<String, Map<Integer, OffsetWrapper>> offsets = this.channel.offsets(address, this.target.group(),
                        topics);
                for (String topic : topics) {
                    read(master, address, topic, offsets.getOrDefault(topic, Map.of()),
                            filters.getOrDefault(topic, TagFilter.none()));
                }
            }
            catch (InterruptedException ex) {
                throw ex;
            }
            catch (Exception ex) {
                topics.forEach((topic) -> fail(topic, BacklogQuestions.reason(ex)));
            }
        }
    }

    private void read(Master master, String address, String topic, Map<Integer, OffsetWrapper> offsets,
            TagFilter filter) throws Exception {
        Map<Integer, TopicOffset> bounds = this.facts.bounds(this.channel, address, topic);
        List<QueueReading> found = new ArrayList<>();
        for (Integer queue : new TreeSet<>(offsets.isEmpty() ? bounds.keySet() : offsets.keySet())) {
            found.add(queue(master, address, topic, queue, offsets.get(queue), bounds.get(queue)));
        }
        this.queues.computeIfAbsent(topic, (name) -> new ArrayList<>())
            .addAll(new QueueReader(this.channel, master, address, this.target.group(), topic, filter, this.clock)
                .complete(found));
    }

    private QueueReading queue(Master master, String address, String topic, int queue, @Nullable OffsetWrapper offset,
            @Nullable TopicOffset bounds) throws Exception {
        long min = (bounds != null) ? bounds.getMinOffset() : 0;
        if (offset == null) {
            return new QueueReading(master.broker(), queue, min, (bounds != null) ? bounds.getMaxOffset() : 0,
                    QueueReading.NEVER, QueueReading.NEVER);
        }
        long committed = offset.getConsumerOffset();
        if (committed == 0 && offset.getBrokerOffset() > 0 && !topic.startsWith(MixAll.RETRY_GROUP_TOPIC_PREFIX)
                && !this.channel.hasCommitted(address, this.target.group(),
                        new MessageQueue(topic, master.broker(), queue))) {
            committed = QueueReading.NEVER;
        }
        return new QueueReading(master.broker(), queue, min, offset.getBrokerOffset(), committed,
                offset.getPullOffset());
    }

    private @Nullable Long deadLetters() throws Exception {
        String topic = MixAll.getDLQTopic(this.target.group());
        try {
            List<Master> found = this.brokers.of(this.target.channel(), topic, this.questions);
            long letters = 0;
            for (Master master : (found != null) ? found : List.<Master>of()) {
                String address = master.address();
                if (address == null) {
                    return null;
                }
                for (TopicOffset queue : this.channel.bounds(address, topic).values()) {
                    letters += queue.getMaxOffset() - queue.getMinOffset();
                }
            }
            return letters;
        }
        catch (InterruptedException ex) {
            throw ex;
        }
        catch (Exception ex) {
            this.questions.problem("Dead letters of group " + this.target.group(), ex);
            return null;
        }
    }

    private void fail(String topic, String reason) {
        this.failed.add(topic);
        this.questions.problem("Group " + this.target.group() + " on " + topic + ": " + reason);
    }

}

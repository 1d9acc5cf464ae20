package io.reliablemq.rocketmq.backlog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.backlog.TopicBrokers.Master;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;
import org.apache.rocketmq.remoting.protocol.heartbeat.SubscriptionData;
import org.jspecify.annotations.Nullable;

/**
 * The connected clients of a group, and what they subscribe to.
 */
final class GroupClients {

    private final BacklogChannel channel;

    private final String group;

    private final BacklogQuestions questions;

    private final Map<String, @Nullable ConsumerConnection> answers = new HashMap<>();

    private final Set<String> clients = new HashSet<>();

    GroupClients(BacklogChannel channel, String group, BacklogQuestions questions) {
        this.channel = channel;
        this.group = group;
        this.questions = questions;
    }

    /** Each broker knows the clients that are connected to it. */
    void ask(Collection<Master> masters) throws InterruptedException {
        for (Master master : masters) {
            String address = master.address();
            if (address != null && !this.answers.containsKey(address)) {
                this.answers.put(address, ask(address));
            }
        }
    }

    private @Nullable ConsumerConnection ask(String address) throws InterruptedException {
        try {
            ConsumerConnection connection = this.channel.connections(address, this.group);
            if (connection != null) {
                connection.getConnectionSet().forEach((client) -> this.clients.add(client.getClientId()));
            }
            return connection;
        }
        catch (InterruptedException ex) {
            throw ex;
        }
        catch (Exception ex) {
            this.questions.problem("Consumers of group " + this.group, ex);
            return null;
        }
    }

    int count() {
        return this.clients.size();
    }

    /**
     * The topics of a group that is only known by name: what its clients subscribe to;
     * without clients, those in which it has offsets.
     */
    Map<String, TagFilter> discover(List<Master> masters) throws Exception {
        ask(masters);
        Map<String, TagFilter> topics = new TreeMap<>();
        for (ConsumerConnection connection : connections()) {
            if (connection.getMessageModel() == MessageModel.BROADCASTING) {
                throw new ReliableMQException("it is broadcast to; its clients keep their offsets to themselves");
            }
            connection.getSubscriptionTable()
                .forEach((topic, subscription) -> put(topics, topic, filter(subscription)));
        }
        if (topics.isEmpty()) {
            Set<String> consumed = new TreeSet<>();
            for (Master master : masters) {
                String address = master.address();
                if (address != null) {
                    consumed.addAll(this.channel.topics(address, this.group));
                }
            }
            consumed.forEach((topic) -> put(topics, topic, TagFilter.unknown()));
        }
        if (topics.isEmpty()) {
            throw new ReliableMQException("no broker knows what it consumes. Name its topics");
        }
        return topics;
    }

    /** What clients say is newer than what is known of the group. */
    void refine(Map<String, TagFilter> filters) {
        for (ConsumerConnection connection : connections()) {
            connection.getSubscriptionTable()
                .forEach((topic, subscription) -> filters.computeIfPresent(this.channel.admin().withoutNamespace(topic),
                        (name, known) -> filter(subscription)));
        }
    }

    private List<ConsumerConnection> connections() {
        List<ConsumerConnection> connections = new ArrayList<>();
        this.answers.values().forEach((answer) -> {
            if (answer != null) {
                connections.add(answer);
            }
        });
        return connections;
    }

    private void put(Map<String, TagFilter> topics, String topic, TagFilter filter) {
        String name = this.channel.admin().withoutNamespace(topic);
        if (!name.startsWith(MixAll.RETRY_GROUP_TOPIC_PREFIX)) {
            topics.put(name, filter);
        }
    }

    private static TagFilter filter(SubscriptionData subscription) {
        return TagFilter.of(subscription.getExpressionType(), subscription.getSubString());
    }

}

package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.BrokerChannel;
import io.reliablemq.rocketmq.OffsetChannel;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.jspecify.annotations.Nullable;

/**
 * Questions and orders about one topic. What fails is thrown with the words to act on.
 */
final class TopicAdmin {

    private final AdminChannel channel;

    private final String topic;

    private final String fullName;

    TopicAdmin(AdminChannel channel, String topic) {
        this.channel = channel;
        this.topic = topic;
        this.fullName = channel.withNamespace(topic);
    }

    String topic() {
        return this.topic;
    }

    String fullName() {
        return this.fullName;
    }

    AdminChannel channel() {
        return this.channel;
    }

    /** {@code null} if no broker has the topic. */
    @Nullable TopicRouteData route() {
        return AdminChannel.answerOrNull("the name server for topic '" + this.topic + "'",
                () -> this.channel.route(this.topic));
    }

    /** What each name server says; {@code null} for one that does not know the topic. */
    Map<String, @Nullable TopicRouteData> routes() {
        Map<String, @Nullable TopicRouteData> routes = new HashMap<>();
        for (String nameServer : this.channel.nameServers()) {
            routes.put(nameServer,
                    AdminChannel.answerOrNull("name server " + nameServer + " for topic '" + this.topic + "'",
                            () -> this.channel.route(nameServer, this.topic)));
        }
        return routes;
    }

    /** The masters among a route's brokers, by name. */
    static List<Master> masters(TopicRouteData route) {
        Map<String, String> masters = new TreeMap<>();
        for (BrokerData broker : route.getBrokerDatas()) {
            String address = broker.getBrokerAddrs().get(MixAll.MASTER_ID);
            if (address != null) {
                masters.put(broker.getBrokerName(), address);
            }
        }
        return masters.entrySet().stream().map((it) -> new Master(it.getKey(), it.getValue())).toList();
    }

    /** Brokers of a route that have no master now. */
    static List<String> headless(TopicRouteData route) {
        return route.getBrokerDatas()
            .stream()
            .filter((broker) -> !broker.getBrokerAddrs().containsKey(MixAll.MASTER_ID))
            .map(BrokerData::getBrokerName)
            .sorted()
            .toList();
    }

    /** The masters of each cluster, by the cluster's name. */
    Map<String, List<Master>> clusters() {
        ClusterInfo info = AdminChannel.answer("the name server for the brokers of the cluster", this.channel::cluster);
        Map<String, List<Master>> clusters = new TreeMap<>();
        info.getClusterAddrTable().forEach((cluster, names) -> {
            List<Master> masters = new ArrayList<>();
            for (String name : new TreeSet<>(names)) {
                BrokerData broker = info.getBrokerAddrTable().get(name);
                String address = (broker != null) ? broker.getBrokerAddrs().get(MixAll.MASTER_ID) : null;
                if (address != null) {
                    masters.add(new Master(name, address));
                }
            }
            clusters.put(cluster, masters);
        });
        return clusters;
    }

    /** What a broker has, {@code null} if it does not have the topic. */
    @Nullable TopicConfig config(Master master) {
        return AdminChannel.answerOrNull(master.broker() + " for topic '" + this.topic + "'",
                () -> broker(master).topic(this.topic));
    }

    /** What a broker of the route has. */
    TopicConfig requireConfig(Master master) {
        TopicConfig config = config(master);
        if (config == null) {
            throw new ReliableMQException("Broker " + master.broker() + " no longer has topic '" + this.topic
                    + "': somebody has deleted it.");
        }
        return config;
    }

    /** Creates or changes; all that the broker has otherwise stays. */
    void change(Master master, int read, int write, boolean order) {
        TopicConfig known = config(master);
        TopicConfig wanted = new TopicConfig(this.fullName);
        if (known != null) {
            wanted.setPerm(known.getPerm());
            wanted.setTopicFilterType(known.getTopicFilterType());
            wanted.setTopicSysFlag(known.getTopicSysFlag());
        }
        wanted.setOrder((known != null) ? known.isOrder() : order);
        wanted.setReadQueueNums(read);
        wanted.setWriteQueueNums(write);
        // No attribute is named, so the broker keeps those that it has.
        AdminChannel.answer(master.broker() + " to change topic '" + this.topic + "'", () -> {
            broker(master).change(wanted);
            return true;
        });
    }

    /**
     * Messages in the broker's timer whose queue has been chosen already; they come into
     * it when they are due, even if it is closed by then.
     */
    long delayed(Master master) {
        try {
            return AdminChannel.answer(master.broker() + " for its delayed messages",
                    () -> broker(master).delayed(this.topic));
        }
        catch (ReliableMQException ex) {
            if (Thread.currentThread().isInterrupted()) {
                throw ex;
            }
            // Switched off, or older than timers.
            return 0;
        }
    }

    /** Groups that consume the topic or have done so, as the brokers name them. */
    Set<String> groups(Collection<Master> masters) {
        Set<String> groups = new TreeSet<>();
        for (Master master : masters) {
            groups.addAll(AdminChannel.answer(master.broker() + " who consumes topic '" + this.topic + "'",
                    () -> broker(master).groups(this.topic)));
        }
        groups.removeIf((group) -> MixAll.isSysConsumerGroup(group) || MixAll.TOOLS_CONSUMER_GROUP.equals(group));
        return groups;
    }

    /** As the application names it. */
    String shown(String group) {
        return NamespaceUtil.withoutNamespace(group);
    }

    OptionalLong committed(Master master, String group, int queue) {
        return AdminChannel.answer(master.broker() + " for the offset of group '" + shown(group) + "'",
                () -> offsets(master).committed(group, queue(master, queue), false));
    }

    /** Whether the broker knows the group. */
    boolean commit(Master master, String group, int queue, long offset) {
        return AdminChannel.answer(master.broker() + " to note an offset for group '" + shown(group) + "'",
                () -> offsets(master).commit(group, queue(master, queue), offset));
    }

    long maxOffset(Master master, int queue) {
        return Math.max(0, AdminChannel.answer(master.broker() + " for the end of queue " + queue,
                () -> offsets(master).max(queue(master, queue))));
    }

    long minOffset(Master master, int queue) {
        return Math.max(0, AdminChannel.answer(master.broker() + " for the begin of queue " + queue,
                () -> offsets(master).min(queue(master, queue))));
    }

    private MessageQueue queue(Master master, int queue) {
        return new MessageQueue(this.fullName, master.broker(), queue);
    }

    private BrokerChannel broker(Master master) {
        return this.channel.broker(master.address());
    }

    private OffsetChannel offsets(Master master) {
        return this.channel.offsets(master.address());
    }

    /**
     * A broker that takes orders.
     *
     * @param broker its name
     * @param address where it is
     */
    record Master(String broker, String address) {
    }

}

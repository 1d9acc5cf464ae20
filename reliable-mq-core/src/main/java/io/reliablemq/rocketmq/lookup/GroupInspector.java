package io.reliablemq.rocketmq.lookup;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

import io.reliablemq.reconcile.GroupHistory;
import io.reliablemq.reconcile.QueuePosition;
import io.reliablemq.rocketmq.AdminChannel;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the brokers say of a group while one of its guarded consumers runs: how far it is,
 * and whether others consume in its name too. Where they do not say it (no permission),
 * only the times of registrations tell what was guarded.
 */
public final class GroupInspector {

    private static final Logger logger = LoggerFactory.getLogger(GroupInspector.class);

    private final AdminChannel channel;

    private final String group;

    private final Map<String, Long> offsets = new HashMap<>();

    private final Set<String> clients = new HashSet<>();

    private boolean clientsKnown;

    /**
     * Creates it without asking.
     * @param channel asks
     * @param group the group, without its namespace
     */
    GroupInspector(AdminChannel channel, String group) {
        this.channel = channel;
        this.group = group;
    }

    public static GroupHistory of(DefaultMQPushConsumer consumer, String group, String topic, Set<String> guarded) {
        AdminChannel channel = AdminChannel.of(consumer);
        if (channel == null) {
            // What the client does when it starts: its name is final and known before it
            // connects, so that no other instance takes it for one without a guard.
            consumer.changeInstanceNameToPID();
            return GroupHistory.of(consumer.buildMQClientId(), Map.of(), false);
        }
        String self = channel.clientId();
        GroupInspector sight = new GroupInspector(channel, group);
        try {
            TopicRouteData route = channel.route(topic);
            if (route != null) {
                sight.look(route, topic);
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return GroupHistory.of(self, Map.of(), false);
        }
        catch (Exception ex) {
            logger.debug("The name servers did not say where consumer group {} reads {}", group, topic, ex);
        }
        Set<String> others = new HashSet<>(sight.clients);
        others.remove(self);
        others.removeAll(guarded);
        if (!others.isEmpty()) {
            logger
                .info("Consumer group {} has clients that are not known to be guarded: {}. What they consume leaves no"
                        + " record, so reconciliation says UNKNOWN meanwhile", group, others);
        }
        return GroupHistory.of(self, sight.offsets(), !others.isEmpty());
    }

    /**
     * One broker's silence is not the others'. The offsets first: who has come to them is
     * connected then, or has gone already.
     */
    void look(TopicRouteData route, String topic) throws InterruptedException {
        Map<String, String> masters = new TreeMap<>();
        for (BrokerData broker : route.getBrokerDatas()) {
            String master = broker.getBrokerAddrs().get(MixAll.MASTER_ID);
            if (master != null) {
                masters.put(broker.getBrokerName(), master);
            }
        }
        Set<String> silent = new HashSet<>();
        for (Map.Entry<String, String> master : masters.entrySet()) {
            ask(master.getKey(), silent, () -> {
                readOffsets(master.getValue(), topic, GroupHistory::queue);
                readOffsets(master.getValue(), MixAll.getRetryTopic(this.group), GroupHistory::retryQueue);
            });
        }
        for (Map.Entry<String, String> master : masters.entrySet()) {
            if (!silent.contains(master.getKey())) {
                ask(master.getKey(), silent, () -> readClients(master.getValue()));
            }
        }
    }

    /** Without the clients nobody knows who has come so far. */
    Map<String, Long> offsets() {
        return this.clientsKnown ? this.offsets : Map.of();
    }

    private void ask(String broker, Set<String> silent, Question question) throws InterruptedException {
        try {
            question.ask();
        }
        catch (InterruptedException ex) {
            throw ex;
        }
        catch (Exception ex) {
            silent.add(broker);
            logger.debug("The broker {} did not say how far consumer group {} is", broker, this.group, ex);
        }
    }

    private void readOffsets(String master, String topic, Function<QueuePosition, String> name) throws Exception {
        this.channel.offsets(master)
            .of(this.channel.withNamespace(this.group), topic)
            .forEach((queue, offset) -> this.offsets.put(
                    name.apply(new QueuePosition(queue.getBrokerName(), queue.getQueueId(), 0)),
                    offset.getConsumerOffset()));
    }

    private void readClients(String master) throws Exception {
        ConsumerConnection connected = this.channel.broker(master).clients(this.channel.withNamespace(this.group));
        if (connected != null) {
            connected.getConnectionSet().forEach((connection) -> this.clients.add(connection.getClientId()));
        }
        this.clientsKnown = true;
    }

    /** Something to ask a broker. */
    @FunctionalInterface
    private interface Question {

        void ask() throws Exception;

    }

}

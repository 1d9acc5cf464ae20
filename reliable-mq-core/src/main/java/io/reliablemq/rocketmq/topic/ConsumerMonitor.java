package io.reliablemq.rocketmq.topic;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.BrokerChannel;
import io.reliablemq.rocketmq.topic.TopicAdmin.Master;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.body.ConsumerRunningInfo;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;
import org.jspecify.annotations.Nullable;

/**
 * What the consumers of a topic that are alive say about themselves. The brokers pass the
 * questions on.
 */
final class ConsumerMonitor {

    private static final long TIMEOUT_MILLIS = 5000;

    private final TopicAdmin admin;

    ConsumerMonitor(TopicAdmin admin) {
        this.admin = admin;
    }

    /** Asks all consumers of a group. */
    Sight look(Collection<Master> masters, String group) {
        Map<String, Master> clients = new HashMap<>();
        boolean broadcasting = false;
        for (Master master : masters) {
            ConsumerConnection connection = connection(master, group);
            if (connection != null) {
                broadcasting |= connection.getMessageModel() == MessageModel.BROADCASTING;
                connection.getConnectionSet().forEach((it) -> clients.putIfAbsent(it.getClientId(), master));
            }
        }
        boolean ordered = false;
        Set<MessageQueue> queues = new HashSet<>();
        int silent = 0;
        for (Map.Entry<String, Master> client : clients.entrySet()) {
            ConsumerRunningInfo info = running(client.getValue(), group, client.getKey());
            if (info == null) {
                silent++;
                continue;
            }
            ordered |= Boolean
                .parseBoolean(String.valueOf(info.getProperties().get(ConsumerRunningInfo.PROP_CONSUME_ORDERLY)));
            queues.addAll(info.getMqTable().keySet());
            queues.addAll(info.getMqPopTable().keySet());
        }
        return new Sight(group, clients.size(), silent, ordered, broadcasting, queues);
    }

    private @Nullable ConsumerConnection connection(Master master, String group) {
        return AdminChannel.answerOrNull(
                master.broker() + " for the consumers of group '" + this.admin.shown(group) + "'",
                () -> broker(master).clients(group));
    }

    /** Other languages' clients and old ones may not answer. */
    private @Nullable ConsumerRunningInfo running(Master master, String group, String client) {
        try {
            return AdminChannel.answer("consumer " + client, () -> broker(master).running(group, client));
        }
        catch (ReliableMQException ex) {
            if (Thread.currentThread().isInterrupted()) {
                throw ex;
            }
            return null;
        }
    }

    private BrokerChannel broker(Master master) {
        return this.admin.channel().within(TIMEOUT_MILLIS).broker(master.address());
    }

    /**
     * A group as its consumers see it.
     *
     * @param group its name, as the brokers have it
     * @param consumers how many are alive
     * @param silent how many of them do not answer
     * @param ordered whether one of them consumes in order
     * @param broadcasting whether each of them gets every message
     * @param queues the queues that they have
     */
    record Sight(String group, int consumers, int silent, boolean ordered, boolean broadcasting,
            Set<MessageQueue> queues) {

        /** Whether they have this many queues of each broker, as far as they say. */
        boolean has(String topic, List<Master> masters, int number) {
            if (this.silent > 0 || this.consumers == 0) {
                return true;
            }
            for (Master master : masters) {
                for (int queue = 0; queue < number; queue++) {
                    if (!this.queues.contains(new MessageQueue(topic, master.broker(), queue))) {
                        return false;
                    }
                }
            }
            return true;
        }

    }

}

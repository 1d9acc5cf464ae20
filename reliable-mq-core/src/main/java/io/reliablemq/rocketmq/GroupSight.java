package io.reliablemq.rocketmq;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.reliablemq.reconcile.GroupHistory;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the brokers say of a group while one of its guarded consumers runs: how far it is,
 * and whether others consume in its name too. Where they do not say it (no permission),
 * only the times of registrations tell what was guarded.
 */
final class GroupSight {

    private static final Logger logger = LoggerFactory.getLogger(GroupSight.class);

    private static final long TIMEOUT_MILLIS = 3000;

    private GroupSight() {
    }

    static GroupHistory of(DefaultMQPushConsumer consumer, String group, String topic, Set<String> guarded) {
        AdminChannel channel = AdminChannel.of(consumer);
        if (channel == null) {
            // What the client does when it starts: its name is final now, and known
            // before it
            // connects, so that no other instance takes it for one without a guard.
            consumer.changeInstanceNameToPID();
            return GroupHistory.of(consumer.buildMQClientId(), Map.of(), false);
        }
        String self = channel.client().getClientId();
        Map<String, Long> offsets = new HashMap<>();
        Set<String> clients = new HashSet<>();
        try {
            TopicRouteData route = channel.route(topic);
            for (BrokerData broker : (route != null) ? route.getBrokerDatas() : Set.<BrokerData>of()) {
                String master = broker.getBrokerAddrs().get(MixAll.MASTER_ID);
                if (master != null) {
                    ask(channel, master, group, topic, offsets, clients);
                }
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return GroupHistory.of(self, Map.of(), false);
        }
        catch (Exception ex) {
            logger.debug("The brokers did not say how far consumer group {} is in {}", group, topic, ex);
            offsets.clear();
        }
        clients.remove(self);
        clients.removeAll(guarded);
        if (!clients.isEmpty()) {
            logger
                .info("Consumer group {} has clients that are not known to be guarded: {}. What they consume leaves no"
                        + " record, so reconciliation says UNKNOWN meanwhile", group, clients);
        }
        return GroupHistory.of(self, offsets, !clients.isEmpty());
    }

    private static void ask(AdminChannel channel, String master, String group, String topic, Map<String, Long> offsets,
            Set<String> clients) throws Exception {
        MQClientAPIImpl client = channel.client().getMQClientAPIImpl();
        try {
            client.getConsumerConnectionList(master, channel.withNamespace(group), TIMEOUT_MILLIS)
                .getConnectionSet()
                .forEach((connection) -> clients.add(connection.getClientId()));
        }
        catch (MQBrokerException ex) {
            if (ex.getResponseCode() != ResponseCode.CONSUMER_NOT_ONLINE) {
                throw ex;
            }
        }
        client.getConsumeStats(master, channel.withNamespace(group), channel.withNamespace(topic), TIMEOUT_MILLIS)
            .getOffsetTable()
            .forEach((queue, offset) -> offsets.put(queue.getBrokerName() + ":" + queue.getQueueId(),
                    offset.getConsumerOffset()));
    }

}

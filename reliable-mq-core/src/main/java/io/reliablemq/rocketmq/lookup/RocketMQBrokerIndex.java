package io.reliablemq.rocketmq.lookup;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

import io.reliablemq.message.MessageId;
import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.ProducerInternals;
import io.reliablemq.trace.BrokerCopy;
import io.reliablemq.trace.BrokerIndex;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.jspecify.annotations.Nullable;

/**
 * Asks the masters over the application's own clients: its producers for the topics that
 * they have sent to, its consumers for theirs and for what their groups retry or have
 * given up on.
 */
public final class RocketMQBrokerIndex implements BrokerIndex {

    private final Supplier<? extends Collection<DefaultMQProducer>> producers;

    private final ListenerRegistry registry;

    /**
     * Creates the index.
     * @param producers the application's producers, asked for at each question
     * @param registry the application's listeners
     */
    public RocketMQBrokerIndex(Supplier<? extends Collection<DefaultMQProducer>> producers, ListenerRegistry registry) {
        this.producers = producers;
        this.registry = registry;
    }

    @Override
    public Set<String> groups() {
        Set<String> groups = new TreeSet<>();
        this.registry.listeners().forEach((listener) -> groups.add(listener.group()));
        return groups;
    }

    @Override
    public List<BrokerCopy> find(Collection<String> topics, Collection<String> keys, Map<String, String> unreadable) {
        Map<String, BrokerCopy> copies = new LinkedHashMap<>();
        Set<String> asked = new LinkedHashSet<>();
        for (DefaultMQProducer producer : this.producers.get()) {
            AdminChannel channel = AdminChannel.of(producer);
            Set<String> sent = new LinkedHashSet<>(topics);
            sent.addAll(ProducerInternals.sentTopics(producer));
            sent.forEach((topic) -> find(channel, topic, keys, asked, copies, unreadable));
        }
        for (ListenerDescription listener : this.registry.listeners()) {
            AdminChannel channel = AdminChannel.of(listener.container().getConsumer());
            for (String topic : List.of(listener.topic(), MixAll.getRetryTopic(listener.group()),
                    MixAll.getDLQTopic(listener.group()))) {
                find(channel, topic, keys, asked, copies, unreadable);
            }
        }
        return copies.values().stream().sorted(Comparator.comparing(BrokerCopy::storedAt)).toList();
    }

    private static void find(@Nullable AdminChannel channel, String topic, Collection<String> keys, Set<String> asked,
            Map<String, BrokerCopy> copies, Map<String, String> unreadable) {
        if (channel == null || !asked.add(channel.config().getNamesrvAddr() + " " + channel.withNamespace(topic))) {
            return;
        }
        try {
            TopicRouteData route = channel.route(topic);
            for (BrokerData broker : (route != null) ? route.getBrokerDatas() : new ArrayList<BrokerData>()) {
                String address = broker.selectBrokerAddr();
                for (String key : keys) {
                    for (MessageExt message : channel.messages(address).query(topic, key, null)) {
                        // The index knows hashes only.
                        if (hasKey(message, key)) {
                            BrokerCopy copy = copy(broker.getBrokerName(), topic, message);
                            // Brokers of several clusters have the same name.
                            copies.put(address + copy.topic() + copy.queueId() + "@" + copy.queueOffset(), copy);
                        }
                    }
                }
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            unreadable.put("topic " + topic, "interrupted");
        }
        catch (Exception ex) {
            unreadable.put("topic " + topic, ex.getClass().getSimpleName() + ": " + ex.getMessage());
        }
    }

    private static boolean hasKey(MessageExt message, String key) {
        String keys = message.getKeys();
        return key.equals(message.getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX))
                || (keys != null && Arrays.asList(keys.split(MessageConst.KEY_SEPARATOR)).contains(key));
    }

    private static BrokerCopy copy(String broker, String topic, MessageExt message) {
        MessageId id = Marks.idOrNull(message);
        return new BrokerCopy(topic, broker, message.getQueueId(), message.getQueueOffset(),
                Instant.ofEpochMilli(message.getBornTimestamp()), Instant.ofEpochMilli(message.getStoreTimestamp()),
                (id != null) ? (Long) id.id() : null, (id != null) ? id.space() : null,
                message.getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX), message.getReconsumeTimes());
    }

}

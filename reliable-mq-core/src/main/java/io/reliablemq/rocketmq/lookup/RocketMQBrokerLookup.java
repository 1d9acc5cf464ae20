package io.reliablemq.rocketmq.lookup;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.BrokerLookup;
import io.reliablemq.reconcile.QueuePosition;
import io.reliablemq.reconcile.SentMessage;
import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.MessageChannel;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.jspecify.annotations.Nullable;

/**
 * Asks the masters over the connections of the application's producer, with its access
 * rights. Messages are read in the name of RocketMQ's own {@code TOOLS_CONSUMER}, so that
 * no group's offsets or figures change.
 */
public final class RocketMQBrokerLookup implements BrokerLookup {

    private static final int PULLED_AT_ONCE = 32;

    /** What a broker returns at most, whatever it is asked for. */
    private static final int MOST_COPIES = 32;

    private static final long ROUTE_AGE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Supplier<DefaultMQProducer> producer;

    private final @Nullable Clusters clusters;

    private final Map<String, BrokerLookup> elsewhere = new ConcurrentHashMap<>();

    private final Map<String, Route> routes = new ConcurrentHashMap<>();

    private final SeenBrokers known = new SeenBrokers();

    /**
     * Creates the lookup.
     * @param producer over whose connections to ask
     */
    public RocketMQBrokerLookup(Supplier<DefaultMQProducer> producer) {
        this(producer, null);
    }

    private RocketMQBrokerLookup(Supplier<DefaultMQProducer> producer, @Nullable Clusters clusters) {
        this.producer = producer;
        this.clusters = clusters;
    }

    /**
     * Creates a lookup at all clusters.
     * @param clusters know the producer of each; asked for when the first question is put
     * @return the lookup at the default cluster, that leads to the others
     */
    public static RocketMQBrokerLookup of(Clusters clusters) {
        return new RocketMQBrokerLookup(() -> clusters.producer(StoredMessage.DEFAULT_CLUSTER), clusters);
    }

    @Override
    public BrokerLookup at(String cluster) {
        Clusters known = this.clusters;
        return (known == null || cluster.equals(StoredMessage.DEFAULT_CLUSTER)) ? this : this.elsewhere
            .computeIfAbsent(cluster, (name) -> new RocketMQBrokerLookup(() -> known.producer(name)));
    }

    @Override
    public String retryTopic(String group) {
        return MixAll.getRetryTopic(group);
    }

    @Override
    public String deadLetterTopic(String group) {
        return MixAll.getDLQTopic(group);
    }

    @Override
    public long minOffset(String topic, QueuePosition queue) {
        return ask("the oldest offset of " + topic,
                (channel) -> channel.offsets(master(channel, topic, queue.broker())).min(queue(topic, queue)));
    }

    @Override
    public boolean[] areStored(String topic, List<SentMessage> messages) {
        boolean[] stored = new boolean[messages.size()];
        List<MessageExt> read = List.of();
        for (int i = 0; i < stored.length; i++) {
            SentMessage message = messages.get(i);
            QueuePosition position = message.position();
            if (position == null) {
                continue;
            }
            MessageExt found = at(read, position.offset());
            if (found == null) {
                // As far as the following ones are, so that a backlog takes few
                // questions.
                int number = span(messages, message);
                read = ask("the messages of " + topic,
                        (channel) -> channel.messages(master(channel, topic, position.broker()))
                            .pull(queue(topic, position), position.offset(), number, "*"));
                found = at(read, position.offset());
            }
            stored[i] = found != null && isIt(found, message);
        }
        return stored;
    }

    private static int span(List<SentMessage> messages, SentMessage first) {
        long begin = offset(first);
        return (int) messages.stream()
            .mapToLong((message) -> offset(message) - begin + 1)
            .filter((span) -> span > 0 && span <= PULLED_AT_ONCE)
            .max()
            .orElse(1);
    }

    private static long offset(SentMessage message) {
        QueuePosition position = message.position();
        return (position != null) ? position.offset() : -1;
    }

    private static @Nullable MessageExt at(List<MessageExt> messages, long offset) {
        return messages.stream().filter((message) -> message.getQueueOffset() == offset).findFirst().orElse(null);
    }

    @Override
    public void note(List<SentMessage> messages) {
        messages.forEach(this::note);
    }

    private void note(SentMessage message) {
        QueuePosition position = message.position();
        if (position != null) {
            this.known.add(message.topic(), position.broker());
        }
    }

    @Override
    public List<QueuePosition> find(String topic, SentMessage message) {
        String uniqKey = message.uniqKey();
        String key = (uniqKey != null) ? uniqKey : String.valueOf(message.id());
        String index = (uniqKey != null) ? MessageConst.INDEX_UNIQUE_TYPE : MessageConst.INDEX_KEY_TYPE;
        return ask("the index of " + topic, (channel) -> {
            List<QueuePosition> found = new ArrayList<>();
            for (Map.Entry<String, String> broker : masters(channel, topic, message).entrySet()) {
                List<MessageExt> copies = channel.messages(broker.getValue()).query(topic, key, index);
                for (MessageExt copy : copies) {
                    if (channel.withNamespace(topic).equals(copy.getTopic()) && isIt(copy, message)) {
                        found.add(new QueuePosition(broker.getKey(), copy.getQueueId(), copy.getQueueOffset()));
                    }
                }
                requireAll(copies, broker.getKey(), key);
            }
            return found;
        });
    }

    /**
     * Each deferral of a message has a number: one that is among what the brokers delay,
     * and not in the retry topic, still waits.
     */
    @Override
    public boolean isDeferred(String group, SentMessage message) {
        String uniqKey = message.uniqKey();
        if (uniqKey == null) {
            return false;
        }
        String retries = retryTopic(group);
        return ask("the deferred messages of " + group, (channel) -> {
            Set<String> delayed = new HashSet<>();
            Set<String> delivered = new HashSet<>();
            for (Map.Entry<String, String> broker : masters(channel, retries, message).entrySet()) {
                MessageChannel messages = channel.messages(broker.getValue());
                List<MessageExt> waiting = messages.query(TopicValidator.RMQ_SYS_SCHEDULE_TOPIC, uniqKey,
                        MessageConst.INDEX_UNIQUE_TYPE);
                requireAll(waiting, broker.getKey(), uniqKey);
                for (MessageExt copy : waiting) {
                    String number = Marks.read(copy, ReliableHeaders.DEFERRALS);
                    if (number != null && channel.withNamespace(retries)
                        .equals(copy.getProperty(MessageConst.PROPERTY_REAL_TOPIC))) {
                        delayed.add(number);
                    }
                }
                for (MessageExt copy : delayed.isEmpty() ? List.<MessageExt>of()
                        : messages.query(retries, uniqKey, MessageConst.INDEX_UNIQUE_TYPE)) {
                    delivered.add(String.valueOf(Marks.read(copy, ReliableHeaders.DEFERRALS)));
                }
            }
            delayed.removeAll(delivered);
            return !delayed.isEmpty();
        });
    }

    @Override
    public OptionalLong committed(String group, String topic, QueuePosition queue) {
        return ask("the offsets of " + group, (channel) -> channel.offsets(master(channel, topic, queue.broker()))
            .committed(channel.withNamespace(group), queue(topic, queue), true));
    }

    private static MessageQueue queue(String topic, QueuePosition position) {
        return new MessageQueue(topic, position.broker(), position.queueId());
    }

    private static boolean isIt(MessageExt found, SentMessage message) {
        return message.messageId().equals(Marks.idOrNull(found))
                || (message.uniqKey() != null && message.uniqKey().equals(MessageClientIDSetter.getUniqID(found)));
    }

    /** What is behind the last one that a broker tells of is not known. */
    private static void requireAll(List<MessageExt> copies, String broker, String key) throws MQClientException {
        if (copies.size() >= MOST_COPIES) {
            throw new MQClientException("The broker " + broker + " has " + copies.size() + " messages with the key "
                    + key + " or more, and tells of no others", null);
        }
    }

    /**
     * The masters of all brokers that can have copies of a message, by name. A broker
     * that is down is soon missing in routes, and a topic that only it has does not exist
     * then: so those count that were in a route before, or have had messages of the
     * topic.
     */
    private Map<String, String> masters(AdminChannel channel, String topic, SentMessage message) throws Exception {
        note(message);
        Map<String, String> masters = new TreeMap<>();
        for (String one : new TreeSet<>(List.of(topic, message.topic()))) {
            TopicRouteData route = route(channel, one);
            for (BrokerData broker : (route != null) ? route.getBrokerDatas() : List.<BrokerData>of()) {
                masters.put(broker.getBrokerName(), address(broker, one));
            }
        }
        Set<String> missing = this.known.of(List.of(topic, message.topic()));
        missing.removeAll(masters.keySet());
        if (!missing.isEmpty()) {
            Map<String, BrokerData> cluster = channel.cluster().getBrokerAddrTable();
            for (String broker : missing) {
                BrokerData data = cluster.get(broker);
                if (data == null) {
                    throw new MQClientException("The broker " + broker + ", which may have messages of " + topic
                            + ", is not registered at the name server: it is down, or has been removed", null);
                }
                masters.put(broker, address(data, topic));
            }
        }
        if (masters.isEmpty()) {
            throw new MQClientException("No broker is known that has had messages of " + message.topic()
                    + ": all of them are down, or the topic has been deleted", null);
        }
        return masters;
    }

    private String master(AdminChannel channel, String topic, String broker) throws Exception {
        TopicRouteData route = route(channel, topic);
        if (route != null) {
            for (BrokerData data : route.getBrokerDatas()) {
                if (data.getBrokerName().equals(broker)) {
                    return address(data, topic);
                }
            }
        }
        throw new MQClientException(
                "The broker " + broker + " is not in the route of " + topic + ": it is down, or has been removed",
                null);
    }

    private static String address(BrokerData broker, String topic) throws MQClientException {
        String master = broker.getBrokerAddrs().get(MixAll.MASTER_ID);
        if (master == null) {
            throw new MQClientException("The broker " + broker.getBrokerName() + " of " + topic + " has no master",
                    null);
        }
        return master;
    }

    /** {@code null} if there is no such topic. */
    private @Nullable TopicRouteData route(AdminChannel channel, String topic) throws Exception {
        long now = System.nanoTime();
        Route known = this.routes.get(topic);
        if (known != null && now - known.at() < ROUTE_AGE_NANOS) {
            return known.route();
        }
        TopicRouteData route = channel.route(topic);
        if (route != null) {
            this.routes.put(topic, new Route(route, now));
            route.getBrokerDatas().forEach((broker) -> this.known.add(topic, broker.getBrokerName()));
        }
        return route;
    }

    private <T> T ask(String what, Question<T> question) {
        return AdminChannel.answer("the brokers for " + what,
                () -> question.ask(AdminChannel.require(this.producer.get())));
    }

    /** Something to ask. */
    @FunctionalInterface
    private interface Question<T> {

        T ask(AdminChannel channel) throws Exception;

    }

    /** A route and when it was asked for. */
    private record Route(TopicRouteData route, long at) {
    }

}

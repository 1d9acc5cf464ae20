package io.reliablemq.rocketmq.lookup;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.BrokerLookup;
import io.reliablemq.reconcile.QueuePosition;
import io.reliablemq.reconcile.SentMessage;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.ProducerInternals;
import io.reliablemq.rocketmq.SeenBrokers;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.exception.OffsetNotFoundException;
import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.impl.consumer.PullResultExt;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.filter.ExpressionType;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.sysflag.PullSysFlag;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.InvokeCallback;
import org.apache.rocketmq.remoting.netty.ResponseFuture;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.header.PullMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.QueryMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.jspecify.annotations.Nullable;

/**
 * Asks the masters over the connections of the application's producer, with its access
 * rights. Messages are read in the name of RocketMQ's own {@code TOOLS_CONSUMER}, so that
 * no group's offsets or figures change.
 */
public final class RocketMQBrokerLookup implements BrokerLookup {

    private static final long TIMEOUT_MILLIS = 3000;

    private static final int PULLED_AT_ONCE = 32;

    private static final int COPIES = 64;

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
        return call("the oldest offset of " + topic, () -> client().getMinOffset(master(topic, queue.broker()),
                new MessageQueue(named(topic), queue.broker(), queue.queueId()), TIMEOUT_MILLIS));
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
                read = call("the messages of " + topic, () -> pull(topic, position, span(messages, message)));
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

    private List<MessageExt> pull(String topic, QueuePosition position, int number) throws Exception {
        PullMessageRequestHeader header = new PullMessageRequestHeader();
        header.setConsumerGroup(MixAll.TOOLS_CONSUMER_GROUP);
        header.setTopic(named(topic));
        header.setQueueId(position.queueId());
        header.setQueueOffset(position.offset());
        header.setMaxMsgNums(number);
        header.setSysFlag(PullSysFlag.buildSysFlag(false, false, true, false));
        header.setCommitOffset(0L);
        header.setSuspendTimeoutMillis(0L);
        header.setSubscription("*");
        header.setSubVersion(0L);
        header.setExpressionType(ExpressionType.TAG);
        header.setBrokerName(position.broker());
        PullResult result = client().pullMessage(master(topic, position.broker()), header, TIMEOUT_MILLIS,
                CommunicationMode.SYNC, null);
        if (result.getPullStatus() != PullStatus.FOUND || !(result instanceof PullResultExt answer)) {
            return List.of();
        }
        return MessageDecoder.decodes(ByteBuffer.wrap(answer.getMessageBinary()), false);
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
        return call("the index of " + topic, () -> {
            List<QueuePosition> found = new ArrayList<>();
            for (Map.Entry<String, String> broker : masters(topic, message).entrySet()) {
                List<MessageExt> copies = query(broker.getValue(), topic, key, uniqKey != null);
                for (MessageExt copy : copies) {
                    if (named(topic).equals(copy.getTopic()) && isIt(copy, message)) {
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
        return call("the deferred messages of " + group, () -> {
            Set<String> delayed = new HashSet<>();
            Set<String> delivered = new HashSet<>();
            for (Map.Entry<String, String> broker : masters(retries, message).entrySet()) {
                String address = broker.getValue();
                List<MessageExt> waiting = query(address, TopicValidator.RMQ_SYS_SCHEDULE_TOPIC, uniqKey, true);
                requireAll(waiting, broker.getKey(), uniqKey);
                for (MessageExt copy : waiting) {
                    String number = Marks.read(copy, ReliableHeaders.DEFERRALS);
                    if (number != null && named(retries).equals(copy.getProperty(MessageConst.PROPERTY_REAL_TOPIC))) {
                        delayed.add(number);
                    }
                }
                for (MessageExt copy : delayed.isEmpty() ? List.<MessageExt>of()
                        : query(address, retries, uniqKey, true)) {
                    delivered.add(String.valueOf(Marks.read(copy, ReliableHeaders.DEFERRALS)));
                }
            }
            delayed.removeAll(delivered);
            return !delayed.isEmpty();
        });
    }

    /** The client's own query takes a broker that fails for one that has nothing. */
    private List<MessageExt> query(String address, String topic, String key, boolean unique) throws Exception {
        QueryMessageRequestHeader header = new QueryMessageRequestHeader();
        header.setTopic(named(topic));
        header.setKey(key);
        header.setMaxNum(COPIES);
        header.setBeginTimestamp(0L);
        header.setEndTimestamp(Long.MAX_VALUE);
        header.setIndexType(unique ? MessageConst.INDEX_UNIQUE_TYPE : MessageConst.INDEX_KEY_TYPE);
        Answer answer = new Answer();
        client().queryMessage(address, header, TIMEOUT_MILLIS, answer, unique);
        RemotingCommand response = answer.response.get(2 * TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        return switch (response.getCode()) {
            case ResponseCode.SUCCESS -> MessageDecoder.decodes(ByteBuffer.wrap(response.getBody()), false);
            case ResponseCode.QUERY_NOT_FOUND -> List.of();
            default -> throw new MQBrokerException(response.getCode(), response.getRemark(), address);
        };
    }

    @Override
    public OptionalLong committed(String group, String topic, QueuePosition queue) {
        return call("the offsets of " + group, () -> {
            QueryConsumerOffsetRequestHeader header = new QueryConsumerOffsetRequestHeader();
            header.setConsumerGroup(named(group));
            header.setTopic(named(topic));
            header.setQueueId(queue.queueId());
            header.setBrokerName(queue.broker());
            try {
                return OptionalLong
                    .of(client().queryConsumerOffset(master(topic, queue.broker()), header, TIMEOUT_MILLIS));
            }
            catch (OffsetNotFoundException ex) {
                return OptionalLong.empty();
            }
        });
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
    private Map<String, String> masters(String topic, SentMessage message) throws Exception {
        note(message);
        Map<String, String> masters = new TreeMap<>();
        for (String one : new TreeSet<>(List.of(topic, message.topic()))) {
            TopicRouteData route = route(one);
            for (BrokerData broker : (route != null) ? route.getBrokerDatas() : List.<BrokerData>of()) {
                masters.put(broker.getBrokerName(), address(broker, one));
            }
        }
        Set<String> missing = this.known.of(List.of(topic, message.topic()));
        missing.removeAll(masters.keySet());
        if (!missing.isEmpty()) {
            Map<String, BrokerData> cluster = client().getBrokerClusterInfo(TIMEOUT_MILLIS).getBrokerAddrTable();
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

    private String master(String topic, String broker) throws Exception {
        TopicRouteData route = route(topic);
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
    private @Nullable TopicRouteData route(String topic) throws Exception {
        long now = System.nanoTime();
        Route known = this.routes.get(topic);
        if (known != null && now - known.at() < ROUTE_AGE_NANOS) {
            return known.route();
        }
        TopicRouteData route;
        try {
            route = client().getTopicRouteInfoFromNameServer(named(topic), TIMEOUT_MILLIS);
        }
        catch (MQClientException ex) {
            if (ex.getResponseCode() != ResponseCode.TOPIC_NOT_EXIST) {
                throw ex;
            }
            return null;
        }
        this.routes.put(topic, new Route(route, now));
        route.getBrokerDatas().forEach((broker) -> this.known.add(topic, broker.getBrokerName()));
        return route;
    }

    private String named(String topicOrGroup) {
        return ProducerInternals.withNamespace(this.producer.get(), topicOrGroup);
    }

    private MQClientAPIImpl client() {
        return ProducerInternals.of(this.producer.get()).getMqClientFactory().getMQClientAPIImpl();
    }

    private static <T> T call(String what, Question<T> question) {
        try {
            return question.ask();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while asking the brokers for " + what + ".", ex);
        }
        catch (Exception ex) {
            throw new ReliableMQException("The brokers did not answer the question for " + what + " (" + ex.getMessage()
                    + "): check that they are reachable and let this application ask.", ex);
        }
    }

    /** Something to ask. */
    @FunctionalInterface
    private interface Question<T> {

        T ask() throws Exception;

    }

    /** An asynchronous answer. */
    private static final class Answer implements InvokeCallback {

        private final CompletableFuture<RemotingCommand> response = new CompletableFuture<>();

        @Override
        public void operationComplete(ResponseFuture future) {
        }

        @Override
        public void operationSucceed(RemotingCommand response) {
            this.response.complete(response);
        }

        @Override
        public void operationFail(Throwable failure) {
            this.response.completeExceptionally(failure);
        }

    }

    /** A route and when it was asked for. */
    private record Route(TopicRouteData route, long at) {
    }

}

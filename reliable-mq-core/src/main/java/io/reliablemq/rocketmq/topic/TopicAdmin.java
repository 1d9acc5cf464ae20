package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.AdminChannel;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.exception.OffsetNotFoundException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.UpdateConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.namesrv.GetRouteInfoRequestHeader;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.jspecify.annotations.Nullable;

/**
 * Questions and orders about one topic. What fails is thrown with the words to act on.
 */
final class TopicAdmin {

    private static final long TIMEOUT_MILLIS = 3000;

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
        return askMaybe("the name server for topic '" + this.topic + "'", () -> this.channel.route(this.topic));
    }

    /** What each name server says; {@code null} for one that does not know the topic. */
    Map<String, @Nullable TopicRouteData> routes() {
        Map<String, @Nullable TopicRouteData> routes = new HashMap<>();
        for (String nameServer : client().getNameServerAddressList()) {
            routes.put(nameServer, askMaybe("name server " + nameServer + " for topic '" + this.topic + "'", () -> {
                GetRouteInfoRequestHeader header = new GetRouteInfoRequestHeader();
                header.setTopic(this.fullName);
                RemotingCommand response = client().getRemotingClient()
                    .invokeSync(nameServer,
                            RemotingCommand.createRequestCommand(RequestCode.GET_ROUTEINFO_BY_TOPIC, header),
                            TIMEOUT_MILLIS);
                return switch (response.getCode()) {
                    case ResponseCode.SUCCESS -> RemotingSerializable.decode(response.getBody(), TopicRouteData.class);
                    case ResponseCode.TOPIC_NOT_EXIST -> null;
                    default -> throw new MQBrokerException(response.getCode(), response.getRemark(), nameServer);
                };
            }));
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
        ClusterInfo info = ask("the name server for the brokers of the cluster",
                () -> client().getBrokerClusterInfo(TIMEOUT_MILLIS));
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
        return askMaybe(master.broker() + " for topic '" + this.topic + "'", () -> {
            try {
                return client().getTopicConfig(master.address(), this.fullName, TIMEOUT_MILLIS);
            }
            catch (MQBrokerException ex) {
                if (ex.getResponseCode() == ResponseCode.TOPIC_NOT_EXIST) {
                    return null;
                }
                throw ex;
            }
        });
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
        ask(master.broker() + " to change topic '" + this.topic + "'", () -> {
            client().createTopic(master.address(), TopicValidator.AUTO_CREATE_TOPIC_KEY_TOPIC, wanted, TIMEOUT_MILLIS);
            return true;
        });
    }

    /** Groups that consume the topic or have done so, as the brokers name them. */
    Set<String> groups(Collection<Master> masters) {
        Set<String> groups = new TreeSet<>();
        for (Master master : masters) {
            groups.addAll(ask(master.broker() + " who consumes topic '" + this.topic + "'",
                    () -> client().queryTopicConsumeByWho(master.address(), this.fullName, TIMEOUT_MILLIS)
                        .getGroupList()));
        }
        groups.removeIf((group) -> MixAll.isSysConsumerGroup(group) || MixAll.TOOLS_CONSUMER_GROUP.equals(group));
        return groups;
    }

    /** As the application names it. */
    String shown(String group) {
        return NamespaceUtil.withoutNamespace(group);
    }

    OptionalLong committed(Master master, String group, int queue) {
        return ask(master.broker() + " for the offset of group '" + shown(group) + "'", () -> {
            QueryConsumerOffsetRequestHeader header = new QueryConsumerOffsetRequestHeader();
            header.setConsumerGroup(group);
            header.setTopic(this.fullName);
            header.setQueueId(queue);
            header.setBrokerName(master.broker());
            // The broker would make a missing offset 0 as long as it has the first
            // message.
            header.setSetZeroIfNotFound(false);
            try {
                return OptionalLong.of(client().queryConsumerOffset(master.address(), header, TIMEOUT_MILLIS));
            }
            catch (OffsetNotFoundException ex) {
                return OptionalLong.empty();
            }
        });
    }

    /** Whether the broker knows the group. */
    boolean commit(Master master, String group, int queue, long offset) {
        return ask(master.broker() + " to note an offset for group '" + shown(group) + "'", () -> {
            UpdateConsumerOffsetRequestHeader header = new UpdateConsumerOffsetRequestHeader();
            header.setConsumerGroup(group);
            header.setTopic(this.fullName);
            header.setQueueId(queue);
            header.setCommitOffset(offset);
            header.setBrokerName(master.broker());
            try {
                client().updateConsumerOffset(master.address(), header, TIMEOUT_MILLIS);
                return true;
            }
            catch (MQBrokerException ex) {
                if (ex.getResponseCode() == ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST) {
                    return false;
                }
                throw ex;
            }
        });
    }

    long maxOffset(Master master, int queue) {
        return Math.max(0, ask(master.broker() + " for the end of queue " + queue,
                () -> client().getMaxOffset(master.address(), queue(master, queue), TIMEOUT_MILLIS)));
    }

    long minOffset(Master master, int queue) {
        return Math.max(0, ask(master.broker() + " for the begin of queue " + queue,
                () -> client().getMinOffset(master.address(), queue(master, queue), TIMEOUT_MILLIS)));
    }

    private MessageQueue queue(Master master, int queue) {
        return new MessageQueue(this.fullName, master.broker(), queue);
    }

    MQClientAPIImpl client() {
        return this.channel.client().getMQClientAPIImpl();
    }

    static <T> T ask(String whom, Question<T> question) {
        return Objects.requireNonNull(askMaybe(whom, question));
    }

    static <T> @Nullable T askMaybe(String whom, Question<T> question) {
        try {
            return question.ask();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while asking " + whom + ".", ex);
        }
        catch (Exception ex) {
            throw new ReliableMQException("Could not ask " + whom + ": " + reason(ex), ex);
        }
    }

    private static String reason(Exception ex) {
        String text = ex.getClass().getSimpleName() + ": " + ex.getMessage();
        boolean refused = (ex instanceof MQBrokerException answer
                && answer.getResponseCode() == ResponseCode.NO_PERMISSION)
                || (ex instanceof MQClientException told && told.getResponseCode() == ResponseCode.NO_PERMISSION)
                || text.contains("AclException") || text.contains("AuthorizationException");
        return refused
                ? "no permission. Let this application's RocketMQ user read and change topics and offsets, or"
                        + " change them with RocketMQ's own tools. (" + text + ")"
                : text + ". Check that it runs and can be reached.";
    }

    /** Something to ask. */
    @FunctionalInterface
    interface Question<T> {

        @Nullable T ask() throws Exception;

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

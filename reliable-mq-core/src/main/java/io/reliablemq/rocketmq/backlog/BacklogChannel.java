package io.reliablemq.rocketmq.backlog;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.reliablemq.rocketmq.AdminChannel;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.OffsetNotFoundException;
import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.impl.consumer.PullResultExt;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.filter.ExpressionType;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.sysflag.PullSysFlag;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.remoting.protocol.admin.TopicOffset;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.body.ConsumeQueueData;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.body.QueueTimeSpan;
import org.apache.rocketmq.remoting.protocol.header.PullMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;
import org.jspecify.annotations.Nullable;

/**
 * What a poll asks brokers over a running client. Names are those of the application,
 * without a namespace.
 */
final class BacklogChannel {

    private final AdminChannel channel;

    private final BacklogQuestions questions;

    BacklogChannel(AdminChannel channel, BacklogQuestions questions) {
        this.channel = channel;
        this.questions = questions;
    }

    AdminChannel admin() {
        return this.channel;
    }

    /** Which client, so that answers can be shared: what it may ask, and whom. */
    String name() {
        return this.channel.config().getNamesrvAddr() + " " + this.channel.client().getClientId();
    }

    /** A group's offsets in some topics, by topic and queue. */
    Map<String, Map<Integer, OffsetWrapper>> offsets(String address, String group, Collection<String> topics)
            throws Exception {
        List<String> named = topics.stream().map(this.channel::withNamespace).toList();
        Map<String, Map<Integer, OffsetWrapper>> offsets = new HashMap<>();
        ask(address, (client, timeout) -> client.getConsumeStats(address, named(group), named, timeout))
            .getOffsetTable()
            .forEach((queue, offset) -> offsets
                .computeIfAbsent(withoutNamespace(queue.getTopic()), (topic) -> new HashMap<>())
                .put(queue.getQueueId(), offset));
        return offsets;
    }

    /** Oldest and next offset of each queue; empty if the broker has no such topic. */
    Map<Integer, TopicOffset> bounds(String address, String topic) throws Exception {
        try {
            Map<Integer, TopicOffset> bounds = new HashMap<>();
            ask(address, (client, timeout) -> client.getTopicStatsInfo(address, named(topic), timeout)).getOffsetTable()
                .forEach((queue, offset) -> bounds.put(queue.getQueueId(), offset));
            return bounds;
        }
        catch (MQBrokerException ex) {
            if (ex.getResponseCode() == ResponseCode.TOPIC_NOT_EXIST) {
                return Map.of();
            }
            throw ex;
        }
    }

    /**
     * Whether the group has an offset in a queue, where its offset reads 0 in any case.
     */
    boolean hasCommitted(String address, String group, String topic, int queueId) throws Exception {
        QueryConsumerOffsetRequestHeader header = new QueryConsumerOffsetRequestHeader();
        header.setConsumerGroup(named(group));
        header.setTopic(named(topic));
        header.setQueueId(queueId);
        header.setSetZeroIfNotFound(false);
        try {
            ask(address, (client, timeout) -> client.queryConsumerOffset(address, header, timeout));
            return true;
        }
        catch (OffsetNotFoundException ex) {
            return false;
        }
    }

    /** Ages, by the broker's clock. */
    Map<Integer, QueueTimeSpan> times(String address, String group, String topic) throws Exception {
        Map<Integer, QueueTimeSpan> times = new HashMap<>();
        ask(address, (client, timeout) -> client.queryConsumeTimeSpan(address, named(topic), named(group), timeout))
            .forEach((span) -> times.put(span.getMessageQueue().getQueueId(), span));
        return times;
    }

    /** The group's clients, {@code null} if none is connected to this broker. */
    @Nullable ConsumerConnection connections(String address, String group) throws Exception {
        try {
            return ask(address, (client, timeout) -> client.getConsumerConnectionList(address, named(group), timeout));
        }
        catch (MQBrokerException ex) {
            if (ex.getResponseCode() == ResponseCode.CONSUMER_NOT_ONLINE) {
                return null;
            }
            throw ex;
        }
    }

    /** Topics in which the group has offsets. */
    Set<String> topics(String address, String group) throws Exception {
        Set<String> topics = new TreeSet<>();
        ask(address, (client, timeout) -> client.queryTopicsByConsumer(address, named(group), timeout)).getTopicList()
            .forEach((topic) -> topics.add(withoutNamespace(topic)));
        return topics;
    }

    /** Hashes of the tags of some messages. */
    List<ConsumeQueueData> tags(String address, String topic, int queueId, long offset, int number) throws Exception {
        List<ConsumeQueueData> data = ask(address, (client, timeout) -> client.queryConsumeQueue(address, named(topic),
                queueId, offset, number, null, timeout))
            .getQueueData();
        return (data != null) ? data : List.of();
    }

    /** How long the broker keeps messages. */
    Duration retention(String address) throws Exception {
        String hours = ask(address, (client, timeout) -> client.getBrokerConfig(address, timeout))
            .getProperty("fileReservedTime", "72");
        return Duration.ofHours(Long.parseLong(hours.strip()));
    }

    /** All brokers that the name server knows. */
    ClusterInfo cluster() throws Exception {
        return this.questions.ask("Name server " + this.channel.config().getNamesrvAddr(),
                (timeout) -> this.channel.client().getMQClientAPIImpl().getBrokerClusterInfo(timeout));
    }

    /**
     * The first message from an offset on that a subscription lets through, {@code null}
     * if there is none near. Read in the name of RocketMQ's own group for tools, so that
     * nothing changes for anyone.
     */
    @Nullable MessageExt first(TopicBrokers.Master master, String address, String topic, int queueId, long offset,
            String expression) throws Exception {
        PullMessageRequestHeader header = new PullMessageRequestHeader();
        header.setConsumerGroup(MixAll.TOOLS_CONSUMER_GROUP);
        header.setTopic(named(topic));
        header.setQueueId(queueId);
        header.setQueueOffset(offset);
        header.setMaxMsgNums(1);
        header.setSysFlag(PullSysFlag.buildSysFlag(false, false, true, false));
        header.setCommitOffset(0L);
        header.setSuspendTimeoutMillis(0L);
        header.setSubscription(expression);
        header.setSubVersion(0L);
        header.setExpressionType(ExpressionType.TAG);
        header.setBrokerName(master.broker());
        PullResult result = ask(address,
                (client, timeout) -> client.pullMessage(address, header, timeout, CommunicationMode.SYNC, null));
        if (result.getPullStatus() != PullStatus.FOUND || !(result instanceof PullResultExt answer)) {
            return null;
        }
        List<MessageExt> messages = MessageDecoder.decodes(ByteBuffer.wrap(answer.getMessageBinary()), false);
        return messages.isEmpty() ? null : messages.get(0);
    }

    /** When a queue's oldest message was stored. */
    long oldest(TopicBrokers.Master master, String address, String topic, int queueId) throws Exception {
        return ask(address, (client, timeout) -> client.getEarliestMsgStoretime(address,
                new MessageQueue(named(topic), master.broker(), queueId), timeout));
    }

    private <T> T ask(String address, Question<T> question) throws Exception {
        return this.questions.ask(address,
                (timeout) -> question.ask(this.channel.client().getMQClientAPIImpl(), timeout));
    }

    private String named(String topicOrGroup) {
        return this.channel.withNamespace(topicOrGroup);
    }

    @SuppressWarnings("deprecation")
    String withoutNamespace(String topic) {
        return NamespaceUtil.withoutNamespace(topic, this.channel.config().getNamespace());
    }

    private interface Question<T> {

        T ask(MQClientAPIImpl client, long timeoutMillis) throws Exception;

    }

}

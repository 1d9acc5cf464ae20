package io.reliablemq.rocketmq;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.remoting.protocol.admin.TopicOffset;
import org.apache.rocketmq.remoting.protocol.body.QueueTimeSpan;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.UpdateConsumerOffsetRequestHeader;

/**
 * Remote calls to one broker about the offsets of queues and of consumer groups.
 */
public final class OffsetChannel {

    private final AdminChannel channel;

    private final String address;

    OffsetChannel(AdminChannel channel, String address) {
        this.channel = channel;
        this.address = address;
    }

    /** A group's offsets in a topic. */
    public Map<MessageQueue, OffsetWrapper> of(String group, String topic) throws Exception {
        return this.channel.remote()
            .getConsumeStats(this.address, group, this.channel.withNamespace(topic), this.channel.timeoutMillis())
            .getOffsetTable();
    }

    /** A group's offsets in some topics. */
    public Map<MessageQueue, OffsetWrapper> of(String group, Collection<String> topics) throws Exception {
        List<String> named = topics.stream().map(this.channel::withNamespace).toList();
        return this.channel.remote()
            .getConsumeStats(this.address, group, named, this.channel.timeoutMillis())
            .getOffsetTable();
    }

    /**
     * Oldest and next offset of each queue; empty if the broker has no such topic.
     */
    public Map<MessageQueue, TopicOffset> bounds(String topic) throws Exception {
        Map<MessageQueue, TopicOffset> bounds = AdminChannel.unless(ResponseCode.TOPIC_NOT_EXIST,
                () -> this.channel.remote()
                    .getTopicStatsInfo(this.address, this.channel.withNamespace(topic), this.channel.timeoutMillis())
                    .getOffsetTable());
        return (bounds != null) ? bounds : Map.of();
    }

    /** A group's ages in a topic, by the broker's clock. */
    public List<QueueTimeSpan> times(String group, String topic) throws Exception {
        return this.channel.remote()
            .queryConsumeTimeSpan(this.address, this.channel.withNamespace(topic), group, this.channel.timeoutMillis());
    }

    /**
     * A group's offset in a queue.
     * @param zeroIfMissing {@code false} to have none where there is none; else the
     * broker makes it 0 as long as it has the queue's first message
     */
    public OptionalLong committed(String group, MessageQueue queue, boolean zeroIfMissing) throws Exception {
        QueryConsumerOffsetRequestHeader header = new QueryConsumerOffsetRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(this.channel.withNamespace(queue.getTopic()));
        header.setQueueId(queue.getQueueId());
        header.setBrokerName(queue.getBrokerName());
        header.setSetZeroIfNotFound(zeroIfMissing);
        Long offset = AdminChannel.unless(ResponseCode.QUERY_NOT_FOUND,
                () -> this.channel.remote().queryConsumerOffset(this.address, header, this.channel.timeoutMillis()));
        return (offset != null) ? OptionalLong.of(offset) : OptionalLong.empty();
    }

    /**
     * Sets a group's offset in a queue.
     * @return whether the broker knows the group
     */
    public boolean commit(String group, MessageQueue queue, long offset) throws Exception {
        UpdateConsumerOffsetRequestHeader header = new UpdateConsumerOffsetRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(this.channel.withNamespace(queue.getTopic()));
        header.setQueueId(queue.getQueueId());
        header.setCommitOffset(offset);
        header.setBrokerName(queue.getBrokerName());
        Boolean known = AdminChannel.unless(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, () -> {
            this.channel.remote().updateConsumerOffset(this.address, header, this.channel.timeoutMillis());
            return true;
        });
        return known != null;
    }

    public long min(MessageQueue queue) throws Exception {
        return this.channel.remote().getMinOffset(this.address, named(queue), this.channel.timeoutMillis());
    }

    public long max(MessageQueue queue) throws Exception {
        return this.channel.remote().getMaxOffset(this.address, named(queue), this.channel.timeoutMillis());
    }

    private MessageQueue named(MessageQueue queue) {
        return new MessageQueue(this.channel.withNamespace(queue.getTopic()), queue.getBrokerName(),
                queue.getQueueId());
    }

}

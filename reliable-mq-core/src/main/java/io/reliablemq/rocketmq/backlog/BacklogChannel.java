package io.reliablemq.rocketmq.backlog;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.reliablemq.rocketmq.AdminChannel;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.remoting.protocol.admin.TopicOffset;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.body.ConsumeQueueData;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.body.QueueTimeSpan;
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
        return this.channel.config().getNamesrvAddr() + " " + this.channel.clientId();
    }

    /** A group's offsets in some topics, by topic and queue. */
    Map<String, Map<Integer, OffsetWrapper>> offsets(String address, String group, Collection<String> topics)
            throws Exception {
        Map<String, Map<Integer, OffsetWrapper>> offsets = new HashMap<>();
        ask(address, (channel) -> channel.offsets(address).of(named(group), topics)).forEach((queue, offset) -> offsets
            .computeIfAbsent(this.channel.withoutNamespace(queue.getTopic()), (topic) -> new HashMap<>())
            .put(queue.getQueueId(), offset));
        return offsets;
    }

    /** Oldest and next offset of each queue; empty if the broker has no such topic. */
    Map<Integer, TopicOffset> bounds(String address, String topic) throws Exception {
        Map<Integer, TopicOffset> bounds = new HashMap<>();
        ask(address, (channel) -> channel.offsets(address).bounds(topic))
            .forEach((queue, offset) -> bounds.put(queue.getQueueId(), offset));
        return bounds;
    }

    /**
     * Whether the group has an offset in a queue, where its offset reads 0 in any case.
     */
    boolean hasCommitted(String address, String group, MessageQueue queue) throws Exception {
        return ask(address, (channel) -> channel.offsets(address).committed(named(group), queue, false)).isPresent();
    }

    /** Ages, by the broker's clock. */
    Map<Integer, QueueTimeSpan> times(String address, String group, String topic) throws Exception {
        Map<Integer, QueueTimeSpan> times = new HashMap<>();
        ask(address, (channel) -> channel.offsets(address).times(named(group), topic))
            .forEach((span) -> times.put(span.getMessageQueue().getQueueId(), span));
        return times;
    }

    /** The group's clients, {@code null} if none is connected to this broker. */
    @Nullable ConsumerConnection connections(String address, String group) throws Exception {
        return ask(address, (channel) -> Optional.ofNullable(channel.broker(address).clients(named(group))))
            .orElse(null);
    }

    /** Topics in which the group has offsets. */
    Set<String> topics(String address, String group) throws Exception {
        return ask(address, (channel) -> channel.broker(address).topics(named(group))).stream()
            .map(this.channel::withoutNamespace)
            .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Hashes of the tags of some messages. */
    List<ConsumeQueueData> tags(String address, String topic, int queueId, long offset, int number) throws Exception {
        return ask(address, (channel) -> channel.messages(address).tags(topic, queueId, offset, number));
    }

    /** How long the broker keeps messages. */
    Duration retention(String address) throws Exception {
        String hours = ask(address, (channel) -> channel.broker(address).config()).getProperty("fileReservedTime",
                "72");
        return Duration.ofHours(Long.parseLong(hours.strip()));
    }

    /** All brokers that the name server knows. */
    ClusterInfo cluster() throws Exception {
        return ask("Name server " + this.channel.config().getNamesrvAddr(), AdminChannel::cluster);
    }

    /**
     * The first message from an offset on that a subscription lets through, {@code null}
     * if there is none near.
     */
    @Nullable MessageExt first(String address, MessageQueue queue, long offset, String expression) throws Exception {
        List<MessageExt> messages = ask(address,
                (channel) -> channel.messages(address).pull(queue, offset, 1, expression));
        return messages.isEmpty() ? null : messages.get(0);
    }

    private <T> T ask(String server, Question<T> question) throws Exception {
        return this.questions.ask(server, (timeout) -> question.ask(this.channel.within(timeout)));
    }

    private String named(String group) {
        return this.channel.withNamespace(group);
    }

    private interface Question<T> {

        T ask(AdminChannel channel) throws Exception;

    }

}

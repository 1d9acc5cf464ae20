package io.reliablemq.rocketmq;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import org.apache.rocketmq.client.producer.MQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;

/**
 * Delivers a message again to one consumer group only, with the same RELIABLE_ID and
 * UNIQ_KEY, so that the group's guard knows it. A concurrent group gets it by its retry
 * topic. An ordered group has none that it may use: it gets it by the message's topic,
 * with a header that makes the guarded listeners of all other groups skip it.
 */
public final class GroupRedelivery {

    /**
     * Where the addressee is obeyed: its listener may send the copy on, headers and all.
     */
    static final String TARGET_TOPIC = ReliableHeaders.PREFIX + "TARGET_TOPIC";

    private final Supplier<MQProducer> producer;

    private final Function<String, Set<String>> unguardedGroups;

    /**
     * Creates the redelivery.
     * @param producer sends the copies; asked for when the first one is sent
     * @param unguardedGroups the groups that subscribe to a topic without a guard; they
     * would process a copy that is not meant for them
     */
    public GroupRedelivery(Supplier<MQProducer> producer, Function<String, Set<String>> unguardedGroups) {
        this.producer = producer;
        this.unguardedGroups = unguardedGroups;
    }

    /**
     * Delivers a message again to a group that consumes concurrently.
     * @param message the message as it was delivered or read from a topic
     * @param group the consumer group, with its namespace where there is one
     * @throws ReliableMQException if the broker has not confirmed it
     */
    public void toConcurrent(MessageExt message, String group) {
        toConcurrent(message, group, Map.of());
    }

    void toConcurrent(MessageExt message, String group, Map<String, String> headers) {
        GroupPublisher publisher = new GroupPublisher(group, this.producer);
        Message copy = publisher.retryCopy(message);
        headers.forEach(copy::putUserProperty);
        send(publisher, copy, group);
    }

    /**
     * Delivers a message again to a group that consumes in order. The copy comes behind
     * what its queue holds already.
     * @param message the message as it was delivered or read from a topic
     * @param group the consumer group, with its namespace where there is one
     * @throws ReliableMQException if a group without a guard subscribes to the topic, or
     * the broker has not confirmed it
     */
    public void toOrdered(MessageExt message, String group) {
        toOrdered(message, group, Map.of());
    }

    void toOrdered(MessageExt message, String group, Map<String, String> headers) {
        String topic = GroupPublisher.originalTopic(message);
        Set<String> unguarded = new TreeSet<>(this.unguardedGroups.apply(topic));
        unguarded.remove(group);
        unguarded.remove(NamespaceUtil.withoutNamespace(group));
        if (!unguarded.isEmpty()) {
            throw new ReliableMQException("Not redelivered to " + group + ": the groups " + unguarded + " subscribe to "
                    + topic + " without @IdempotentConsumer and would process the copy too."
                    + " Guard them, or redeliver to all groups.");
        }
        GroupPublisher publisher = new GroupPublisher(group, this.producer);
        Message copy = publisher.copy(message, topic);
        copy.putUserProperty(ReliableHeaders.TARGET_GROUP, group);
        copy.putUserProperty(TARGET_TOPIC, topic);
        headers.forEach(copy::putUserProperty);
        send(publisher, copy, group);
    }

    /**
     * Delivers a message again to every group that subscribes to its topic.
     * @param message the message as it was delivered or read from a topic
     * @throws ReliableMQException if the broker has not confirmed it
     */
    public void toAll(MessageExt message) {
        GroupPublisher publisher = new GroupPublisher("*", this.producer);
        send(publisher, publisher.copy(message, GroupPublisher.originalTopic(message)), "all groups");
    }

    /**
     * Delivers a message again to a group that consumes concurrently.
     * @param message the message as the tables hold it
     * @param group the consumer group, with its namespace where there is one
     * @throws ReliableMQException if the broker has not confirmed it
     */
    public void toConcurrent(StoredMessage message, String group) {
        toConcurrent(OutgoingMessages.received(message), group);
    }

    /**
     * Delivers a message again to a group that consumes in order.
     * @param message the message as the tables hold it
     * @param group the consumer group, with its namespace where there is one
     * @throws ReliableMQException if a group without a guard subscribes to the topic, or
     * the broker has not confirmed it
     */
    public void toOrdered(StoredMessage message, String group) {
        toOrdered(OutgoingMessages.received(message), group);
    }

    private static void send(GroupPublisher publisher, Message copy, String addressee) {
        try {
            publisher.sendConfirmed(copy);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while redelivering to " + addressee
                    + "; whether the broker has the copy is not known. Redeliver again: the guard absorbs a second one.",
                    ex);
        }
        catch (Exception ex) {
            throw new ReliableMQException("The broker has not confirmed the copy for " + addressee
                    + ". Redeliver again: the guard absorbs a second one.", ex);
        }
    }

}

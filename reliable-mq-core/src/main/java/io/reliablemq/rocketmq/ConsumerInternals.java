package io.reliablemq.rocketmq;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.consumer.DefaultMQPushConsumerImpl;
import org.apache.rocketmq.client.impl.consumer.ProcessQueue;
import org.apache.rocketmq.client.impl.consumer.RebalanceImpl;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.ServiceState;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer holds and does that the client offers no public method for.
 */
public final class ConsumerInternals {

    private ConsumerInternals() {
    }

    /** Sends over the consumer's own connections, with its access rights. */
    public static DefaultMQProducer producerOf(DefaultMQPushConsumer consumer) {
        DefaultMQProducer producer = implementation(consumer).getmQClientFactory().getDefaultMQProducer();
        // Only copies of what the broker took before are sent over it: the broker
        // decides.
        producer.setMaxMessageSize(Integer.MAX_VALUE);
        return producer;
    }

    /** Adds the namespace's prefix unless there is none or it is there already. */
    @SuppressWarnings("deprecation")
    public static String withNamespace(DefaultMQPushConsumer consumer, String topic) {
        return consumer.withNamespace(topic);
    }

    public static boolean isRunning(DefaultMQPushConsumer consumer) {
        return clientOf(consumer) != null;
    }

    /** Its connections; {@code null} unless it runs. */
    static @Nullable MQClientInstance clientOf(DefaultMQPushConsumer consumer) {
        DefaultMQPushConsumerImpl implementation = implementation(consumer);
        return (implementation.getServiceState() == ServiceState.RUNNING) ? implementation.getmQClientFactory() : null;
    }

    /** Pulled and not finished. */
    public static long cachedMessages(DefaultMQPushConsumer consumer) {
        return implementation(consumer).getRebalanceImpl()
            .getProcessQueueTable()
            .values()
            .stream()
            .mapToLong((queue) -> queue.getMsgCount().get())
            .sum();
    }

    public static boolean isShutDown(DefaultMQPushConsumer consumer) {
        return implementation(consumer).getServiceState() == ServiceState.SHUTDOWN_ALREADY;
    }

    /** Whether it is paused or not. */
    public static void rebalance(DefaultMQPushConsumer consumer) {
        if (isRunning(consumer)) {
            implementation(consumer).getRebalanceImpl().doRebalance(implementation(consumer).isConsumeOrderly());
        }
    }

    /** Those that it reads each of its topics from, the retry topic too. */
    static Map<String, Set<String>> brokersByTopic(DefaultMQPushConsumer consumer) {
        RebalanceImpl rebalance = implementation(consumer).getRebalanceImpl();
        Map<String, Set<String>> brokers = new HashMap<>();
        for (String topic : rebalance.getSubscriptionInner().keySet()) {
            Set<MessageQueue> queues = rebalance.getTopicSubscribeInfoTable().getOrDefault(topic, Set.of());
            brokers.put(topic, queues.stream().map(MessageQueue::getBrokerName).collect(Collectors.toSet()));
        }
        return brokers;
    }

    /**
     * Asks a name server, for as long as the client lets that take.
     * @return whether the answer was another one than before
     * @throws IllegalStateException if none answers
     */
    public static boolean refreshRoute(DefaultMQPushConsumer consumer, String topic) {
        MQClientInstance client = clientOf(consumer);
        return client != null && client.updateTopicRouteInfoFromNameServer(topic);
    }

    /** By the client's own thread, at most once a second. */
    public static void rebalanceSoon(DefaultMQPushConsumer consumer) {
        MQClientInstance client = clientOf(consumer);
        if (client != null) {
            client.rebalanceImmediately();
        }
    }

    /** Also before it starts, when there is nothing to rebalance. */
    public static void resume(DefaultMQPushConsumer consumer) {
        if (isRunning(consumer)) {
            consumer.resume();
        }
        else {
            implementation(consumer).setPause(false);
        }
    }

    /**
     * Whether what becomes of a message is acted upon: its queue may have gone to another
     * instance, or the client may have given it up and published it again.
     */
    private static boolean holds(DefaultMQPushConsumer consumer, MessageQueue queue, MessageExt message) {
        ProcessQueue held = implementation(consumer).getRebalanceImpl().getProcessQueueTable().get(queue);
        return held != null && !held.isDropped() && contains(held, message);
    }

    /** The client says no to an interrupted thread, whatever is true. */
    private static boolean contains(ProcessQueue queue, MessageExt message) {
        boolean interrupted = Thread.interrupted();
        try {
            return queue.containsMessage(message);
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * As the client does with a delivery that failed; the broker confirms it. Like the
     * client, does nothing for a message that is no longer this instance's.
     */
    @SuppressWarnings("deprecation")
    public static void sendBack(DefaultMQPushConsumer consumer, MessageExt message, int delayLevel, MessageQueue queue)
            throws RemotingException, MQBrokerException, InterruptedException, MQClientException {
        if (!holds(consumer, queue, message)) {
            return;
        }
        message.setTopic(consumer.withNamespace(message.getTopic()));
        implementation(consumer).sendMessageBack(message, delayLevel, consumer.queueWithNamespace(queue));
    }

    public static void persistOffsets(DefaultMQPushConsumer consumer) {
        implementation(consumer).persistConsumerOffset();
    }

    /**
     * Results of a dropped queue's messages are ignored: no acknowledgement, no
     * send-back.
     */
    public static void dropQueues(DefaultMQPushConsumer consumer) {
        for (ProcessQueue queue : implementation(consumer).getRebalanceImpl().getProcessQueueTable().values()) {
            queue.setDropped(true);
        }
    }

    /** Notes at the broker how far a queue has been read. */
    @SuppressWarnings("deprecation")
    public static void commit(DefaultMQPullConsumer reader, MessageQueue queue, long offset) throws Exception {
        reader.getDefaultMQPullConsumerImpl().getOffsetStore().updateConsumeOffsetToBroker(queue, offset, false);
    }

    @SuppressWarnings("deprecation")
    private static DefaultMQPushConsumerImpl implementation(DefaultMQPushConsumer consumer) {
        return consumer.getDefaultMQPushConsumerImpl();
    }

}

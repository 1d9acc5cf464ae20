package io.reliablemq.rocketmq;

import java.util.Set;
import java.util.stream.Collectors;

import org.apache.rocketmq.client.impl.producer.DefaultMQProducerImpl;
import org.apache.rocketmq.client.impl.producer.TopicPublishInfo;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.MessageQueueSelector;
import org.apache.rocketmq.common.ServiceState;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;
import org.jspecify.annotations.Nullable;

/**
 * What a producer holds and does that the client offers no public method for, or only one
 * that it calls deprecated, without a replacement. Topics have their namespace.
 */
@SuppressWarnings("deprecation")
public final class ProducerInternals {

    private ProducerInternals() {
    }

    static DefaultMQProducerImpl of(DefaultMQProducer producer) {
        return producer.getDefaultMQProducerImpl();
    }

    public static boolean isRunning(DefaultMQProducer producer) {
        return of(producer).getServiceState() == ServiceState.RUNNING;
    }

    public static boolean isShutDown(DefaultMQProducer producer) {
        return of(producer).getServiceState() == ServiceState.SHUTDOWN_ALREADY;
    }

    /** Adds the namespace's prefix unless there is none or it is there already. */
    public static String withNamespace(DefaultMQProducer producer, String topic) {
        return NamespaceUtil.wrapNamespace(producer.getNamespace(), topic);
    }

    /** The topics that it has been asked to send to, without those of RocketMQ itself. */
    public static Set<String> sentTopics(DefaultMQProducer producer) {
        return of(producer).getTopicPublishInfoTable()
            .keySet()
            .stream()
            .filter((topic) -> !TopicValidator.isSystemTopic(topic) && !topic.equals(producer.getCreateTopicKey()))
            .collect(Collectors.toSet());
    }

    /** The queues of a topic, as they were known last; {@code null} if none is known. */
    public static @Nullable KnownQueues queues(DefaultMQProducer producer, String topic) {
        TopicPublishInfo info = of(producer).getTopicPublishInfoTable().get(topic);
        return (info != null && info.ok()) ? info::selectOneMessageQueue : null;
    }

    /** Asks the name server for the topic's queues if none is known. */
    public static MessageQueue selectQueue(DefaultMQProducer producer, Message message, MessageQueueSelector selector,
            @Nullable Object argument, long timeoutMillis) throws Exception {
        return of(producer).invokeMessageQueueSelector(message, selector, argument, timeoutMillis);
    }

    /** Asks the name server anew. */
    public static void refreshRoute(DefaultMQProducer producer, String topic) {
        of(producer).getMqClientFactory().updateTopicRouteInfoFromNameServer(topic);
    }

    /** The queues of a topic, taken in turn. */
    @FunctionalInterface
    public interface KnownQueues {

        /** The next one, of another broker than the given one if there is one. */
        MessageQueue next(@Nullable String broker);

    }

}

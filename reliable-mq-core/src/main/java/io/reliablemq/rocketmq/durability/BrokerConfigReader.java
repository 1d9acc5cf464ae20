package io.reliablemq.rocketmq.durability;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.AdminChannel.Question;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.ProducerInternals;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration of every broker, masters and slaves, that the name server knows
 * for the topics in use. What cannot be read is noted, not thrown.
 */
final class BrokerConfigReader {

    private final Supplier<? extends Collection<DefaultMQProducer>> producers;

    private final ListenerRegistry registry;

    private final Set<String> topics;

    /**
     * Creates the survey.
     * @param producers the application's producers
     * @param registry the application's listeners
     * @param topics more topics that it will send to
     */
    BrokerConfigReader(Supplier<? extends Collection<DefaultMQProducer>> producers, ListenerRegistry registry,
            Set<String> topics) {
        this.producers = producers;
        this.registry = registry;
        this.topics = topics;
    }

    Result read() throws InterruptedException {
        Result result = new Result();
        for (DefaultMQProducer producer : this.producers.get()) {
            AdminChannel sending = AdminChannel.of(producer);
            if (sending != null) {
                result.sends = true;
                for (String topic : sentTopics(producer)) {
                    survey(sending, topic, null, result);
                }
                noteTraces(sending, result);
            }
        }
        for (ListenerDescription listener : this.registry.listeners()) {
            AdminChannel consuming = AdminChannel.of(listener.container().getConsumer());
            if (consuming != null) {
                boolean returns = !listener.ordered()
                        && listener.container().getMessageModel() == MessageModel.CLUSTERING;
                survey(consuming, listener.topic(), returns ? listener.group() : null, result);
                noteTraces(consuming, result);
            }
        }
        return result;
    }

    private Set<String> sentTopics(DefaultMQProducer producer) {
        Set<String> sent = new LinkedHashSet<>(this.topics);
        for (String topic : ProducerInternals.sentTopics(producer)) {
            if (ProducerInternals.queues(producer, topic) != null
                    && !topic.startsWith(MixAll.RETRY_GROUP_TOPIC_PREFIX)) {
                sent.add(topic);
            }
        }
        return sent;
    }

    private void survey(AdminChannel channel, String topic, @Nullable String group, Result result)
            throws InterruptedException {
        TopicRouteData route = ask("Topic " + topic, () -> channel.route(topic), result);
        if (route == null) {
            return;
        }
        for (BrokerData broker : route.getBrokerDatas()) {
            for (Map.Entry<Long, String> replica : broker.getBrokerAddrs().entrySet()) {
                read(channel, broker, replica.getKey(), replica.getValue(), group, result);
            }
        }
    }

    private void read(AdminChannel channel, BrokerData broker, long routeId, String address, @Nullable String group,
            Result result) throws InterruptedException {
        String name = broker.getBrokerName() + ":" + routeId + " (" + address + ")";
        BrokerReading reading = result.readings.get(address);
        if (reading == null) {
            if (result.unreadable.containsKey(name)) {
                return;
            }
            Properties config = ask(name, () -> channel.broker(address).config(), result);
            if (config == null) {
                return;
            }
            reading = new BrokerReading(broker.getBrokerName(), idOf(config, routeId), address,
                    broker.getBrokerAddrs().size(), config, new TreeMap<>());
            result.readings.put(address, reading);
        }
        if (group != null && reading.isMaster()) {
            SubscriptionGroupConfig known = ask("Consumer group " + group + " on " + name,
                    () -> channel.broker(address).group(channel.withNamespace(group)), result);
            if (known != null) {
                reading.retryQueues().put(group, known.getRetryQueueNums());
            }
        }
    }

    /** A slave that stands in for its master is announced as 0. */
    private static long idOf(Properties config, long routeId) {
        try {
            return Long.parseLong(config.getProperty("brokerId", ""));
        }
        catch (NumberFormatException ex) {
            return routeId;
        }
    }

    private static void noteTraces(AdminChannel channel, Result result) throws InterruptedException {
        if (!channel.config().isEnableTrace() || result.tracesAreLost) {
            return;
        }
        String own = channel.config().getTraceTopic();
        String topic = (own == null || own.isEmpty()) ? TopicValidator.RMQ_SYS_TRACE_TOPIC : own;
        boolean[] answered = new boolean[1];
        TopicRouteData route = ask("Topic " + topic, () -> {
            TopicRouteData found = channel.route(topic);
            answered[0] = true;
            return found;
        }, result);
        result.tracesAreLost = answered[0] && route == null;
    }

    private static <T> @Nullable T ask(String what, Question<T> question, Result result) throws InterruptedException {
        try {
            return question.ask();
        }
        catch (InterruptedException ex) {
            throw ex;
        }
        catch (Exception ex) {
            result.unreadable.put(what, reason(ex));
            return null;
        }
    }

    private static String reason(Exception ex) {
        String text = ex.getClass().getSimpleName() + ": " + ex.getMessage();
        return AdminChannel.isPermissionDenied(ex)
                ? "no permission. Let this application's RocketMQ user read the configuration of brokers and"
                        + " groups, or set reliable-mq.durability.on-violation=ignore. (" + text + ")"
                : text;
    }

    /** What was read. */
    static final class Result {

        final Map<String, BrokerReading> readings = new LinkedHashMap<>();

        final Map<String, String> unreadable = new LinkedHashMap<>();

        boolean sends;

        boolean tracesAreLost;

        List<BrokerReading> brokers() {
            return List.copyOf(this.readings.values());
        }

    }

}

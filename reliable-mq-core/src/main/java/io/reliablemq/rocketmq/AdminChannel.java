package io.reliablemq.rocketmq;

import java.util.Properties;

import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.impl.producer.DefaultMQProducerImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.ServiceState;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.jspecify.annotations.Nullable;

/**
 * Questions to name server and brokers over a client that runs already: its connections,
 * its credentials, its TLS, its namespace. There is no client of its own to configure.
 */
public final class AdminChannel {

    private static final long TIMEOUT_MILLIS = 3000;

    private final MQClientInstance client;

    private final ClientConfig config;

    private AdminChannel(MQClientInstance client, ClientConfig config) {
        this.client = client;
        this.config = config;
    }

    /** A producer's channel, {@code null} unless it runs. */
    static @Nullable public AdminChannel of(DefaultMQProducer producer) {
        DefaultMQProducerImpl implementation = ProducerInternals.of(producer);
        return (implementation.getServiceState() == ServiceState.RUNNING)
                ? new AdminChannel(implementation.getMqClientFactory(), producer) : null;
    }

    /** A consumer's channel, {@code null} unless it runs. */
    static @Nullable public AdminChannel of(DefaultMQPushConsumer consumer) {
        MQClientInstance client = ConsumerInternals.clientOf(consumer);
        return (client != null) ? new AdminChannel(client, consumer) : null;
    }

    public MQClientInstance client() {
        return this.client;
    }

    public ClientConfig config() {
        return this.config;
    }

    @SuppressWarnings("deprecation")
    public String withNamespace(String resource) {
        return NamespaceUtil.wrapNamespace(this.config.getNamespace(), resource);
    }

    /** Where a topic is, {@code null} if nobody has it. */
    @Nullable public TopicRouteData route(String topic) throws Exception {
        try {
            return this.client.getMQClientAPIImpl()
                .getTopicRouteInfoFromNameServer(withNamespace(topic), TIMEOUT_MILLIS, false);
        }
        catch (MQClientException ex) {
            if (ex.getResponseCode() == ResponseCode.TOPIC_NOT_EXIST) {
                return null;
            }
            throw ex;
        }
    }

    public Properties brokerConfig(String address) throws Exception {
        return this.client.getMQClientAPIImpl().getBrokerConfig(address, TIMEOUT_MILLIS);
    }

    /** What a broker knows of a group, {@code null} if it does not know it. */
    @Nullable public SubscriptionGroupConfig group(String address, String group) throws Exception {
        try {
            return this.client.getMQClientAPIImpl()
                .getSubscriptionGroupConfig(address, withNamespace(group), TIMEOUT_MILLIS);
        }
        catch (MQBrokerException ex) {
            if (ex.getResponseCode() == ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST) {
                return null;
            }
            throw ex;
        }
    }

}

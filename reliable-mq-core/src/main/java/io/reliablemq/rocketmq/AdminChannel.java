package io.reliablemq.rocketmq;

import java.util.List;
import java.util.Objects;

import io.reliablemq.ReliableMQException;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.CommandCustomHeader;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.header.namesrv.GetRouteInfoRequestHeader;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.jspecify.annotations.Nullable;

/**
 * Remote calls to name servers and brokers over a client that runs already: its
 * connections, its credentials, its TLS, its namespace. There is no client of its own to
 * configure. Topics are named with the client's namespace or without it, groups as the
 * brokers name them.
 */
public final class AdminChannel {

    private static final long TIMEOUT_MILLIS = 3000;

    private final MQClientInstance client;

    private final ClientConfig config;

    private final long timeoutMillis;

    private AdminChannel(MQClientInstance client, ClientConfig config, long timeoutMillis) {
        this.client = client;
        this.config = config;
        this.timeoutMillis = timeoutMillis;
    }

    /** A producer's channel, {@code null} unless it runs. */
    public static @Nullable AdminChannel of(DefaultMQProducer producer) {
        return ProducerInternals.isRunning(producer)
                ? new AdminChannel(ProducerInternals.of(producer).getMqClientFactory(), producer, TIMEOUT_MILLIS)
                : null;
    }

    /** A consumer's channel, {@code null} unless it runs. */
    public static @Nullable AdminChannel of(DefaultMQPushConsumer consumer) {
        MQClientInstance client = ConsumerInternals.clientOf(consumer);
        return (client != null) ? new AdminChannel(client, consumer, TIMEOUT_MILLIS) : null;
    }

    /** The channel of a producer that has to run. */
    public static AdminChannel require(DefaultMQProducer producer) throws MQClientException {
        AdminChannel channel = of(producer);
        if (channel == null) {
            throw new MQClientException("The producer is not running", null);
        }
        return channel;
    }

    /** The same channel with another timeout for each call. */
    public AdminChannel within(long millis) {
        return new AdminChannel(this.client, this.config, millis);
    }

    public ClientConfig config() {
        return this.config;
    }

    public String clientId() {
        return this.client.getClientId();
    }

    @SuppressWarnings("deprecation")
    public String withNamespace(String resource) {
        return NamespaceUtil.wrapNamespace(this.config.getNamespace(), resource);
    }

    @SuppressWarnings("deprecation")
    public String withoutNamespace(String resource) {
        return NamespaceUtil.withoutNamespace(resource, this.config.getNamespace());
    }

    /** Calls to one broker about its configuration, its topics and its groups. */
    public BrokerChannel broker(String address) {
        return new BrokerChannel(this, address);
    }

    /** Calls to one broker about offsets. */
    public OffsetChannel offsets(String address) {
        return new OffsetChannel(this, address);
    }

    /** Calls to one broker about stored messages. */
    public MessageChannel messages(String address) {
        return new MessageChannel(this, address);
    }

    /** Where a topic is, {@code null} if nobody has it. */
    public @Nullable TopicRouteData route(String topic) throws Exception {
        return unless(ResponseCode.TOPIC_NOT_EXIST,
                () -> remote().getTopicRouteInfoFromNameServer(withNamespace(topic), this.timeoutMillis, false));
    }

    /** What one name server says, {@code null} if it does not know the topic. */
    public @Nullable TopicRouteData route(String nameServer, String topic) throws Exception {
        GetRouteInfoRequestHeader header = new GetRouteInfoRequestHeader();
        header.setTopic(withNamespace(topic));
        return unless(ResponseCode.TOPIC_NOT_EXIST,
                () -> invoke(nameServer, RequestCode.GET_ROUTEINFO_BY_TOPIC, header, TopicRouteData.class));
    }

    public List<String> nameServers() {
        return remote().getNameServerAddressList();
    }

    /** All brokers that the name server knows. */
    public ClusterInfo cluster() throws Exception {
        return remote().getBrokerClusterInfo(this.timeoutMillis);
    }

    MQClientAPIImpl remote() {
        return this.client.getMQClientAPIImpl();
    }

    long timeoutMillis() {
        return this.timeoutMillis;
    }

    /** A call that the client has no method for. */
    <T> T invoke(String server, int code, @Nullable CommandCustomHeader header, Class<T> answer) throws Exception {
        RemotingCommand response = remote().getRemotingClient()
            .invokeSync(server, RemotingCommand.createRequestCommand(code, header), this.timeoutMillis);
        if (response.getCode() != ResponseCode.SUCCESS) {
            throw new MQBrokerException(response.getCode(), response.getRemark(), server);
        }
        return RemotingSerializable.decode(response.getBody(), answer);
    }

    /** The answer, {@code null} if its code says that there is none. */
    static <T> @Nullable T unless(int missing, Question<T> question) throws Exception {
        try {
            return question.ask();
        }
        catch (MQBrokerException | MQClientException ex) {
            if (code(ex) == missing) {
                return null;
            }
            throw ex;
        }
    }

    private static int code(Exception ex) {
        return (ex instanceof MQBrokerException broker) ? broker.getResponseCode()
                : (ex instanceof MQClientException client) ? client.getResponseCode() : ResponseCode.SUCCESS;
    }

    /**
     * Turns what fails into words to act on.
     * @param whom who is asked for what, for the exception
     * @param question what to ask
     * @return the answer
     * @throws ReliableMQException if there is none; an interrupted thread stays so
     */
    public static <T> T answer(String whom, Question<T> question) {
        return Objects.requireNonNull(answerOrNull(whom, question));
    }

    /** Like {@link #answer}, where no answer is one. */
    public static <T> @Nullable T answerOrNull(String whom, Question<T> question) {
        try {
            return question.ask();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while asking " + whom + ".", ex);
        }
        catch (Exception ex) {
            String text = ex.getClass().getSimpleName() + ": " + ex.getMessage();
            throw new ReliableMQException("Could not ask " + whom + ": " + (isPermissionDenied(ex)
                    ? "no permission. Let this application's RocketMQ user read topics, messages and offsets, and change"
                            + " topics and offsets, or change them with RocketMQ's own tools. (" + text + ")"
                    : text + ". Check that it runs and can be reached."), ex);
        }
    }

    /** Whether the server refuses because of access rights. */
    public static boolean isPermissionDenied(Exception ex) {
        String text = String.valueOf(ex.getMessage());
        return code(ex) == ResponseCode.NO_PERMISSION || text.contains("AclException")
                || text.contains("AuthorizationException");
    }

    /** Something to ask. */
    @FunctionalInterface
    public interface Question<T> {

        @Nullable T ask() throws Exception;

    }

}

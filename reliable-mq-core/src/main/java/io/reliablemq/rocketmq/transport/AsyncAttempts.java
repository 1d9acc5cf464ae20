package io.reliablemq.rocketmq.transport;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.rocketmq.OutgoingMessages;
import io.reliablemq.rocketmq.ProducerInternals;
import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.impl.producer.DefaultMQProducerImpl;
import org.apache.rocketmq.client.impl.producer.TopicPublishInfo;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.ServiceState;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.jspecify.annotations.Nullable;

/**
 * Attempts that no thread waits for. The producer's own asynchronous sends repeat
 * themselves without telling, as often as the producer is set to; so that an attempt is
 * one request, it is handed to the client's remote calls, which repeat nothing unless
 * told to.
 */
final class AsyncAttempts {

    private final DefaultMQProducer producer;

    private final DefaultMQProducerImpl client;

    private final TopicRoutes routes;

    private final AsyncRequests requests;

    private final LateAnswers lateAnswers = new LateAnswers();

    AsyncAttempts(DefaultMQProducer producer, DefaultMQProducerImpl client, TopicRoutes routes, Clock clock) {
        this.producer = producer;
        this.client = client;
        this.routes = routes;
        this.requests = new AsyncRequests(producer, client, clock);
    }

    /** What comes of it; {@code null} if something would have to be waited for. */
    @Nullable CompletableFuture<AttemptResult> begin(PreparedMessage prepared, Duration timeout) {
        if (this.client.getServiceState() != ServiceState.RUNNING || prepared.orderingKey() != null
                || this.client.hasCheckForbiddenHook()) {
            return null;
        }
        String topic = ProducerInternals.withNamespace(this.producer, prepared.topic());
        TopicPublishInfo route = this.routes.known(topic);
        if (route == null || topic.startsWith(MixAll.RETRY_GROUP_TOPIC_PREFIX)) {
            return null;
        }
        MessageQueue queue = route.selectOneMessageQueue((String) null);
        MQClientInstance factory = this.client.getMqClientFactory();
        String broker = factory.getBrokerNameFromMessageQueue(queue);
        String address = factory.findBrokerAddressInPublish(broker);
        return (address != null) ? begin(prepared, topic, queue, broker, address, Math.max(1, timeout.toMillis()))
                : null;
    }

    private CompletableFuture<AttemptResult> begin(PreparedMessage prepared, String topic, MessageQueue queue,
            String broker, String brokerAddress, long millis) {
        String address = MixAll.brokerVIPChannel(this.producer.isSendMessageWithVIPChannel(), brokerAddress);
        SendTarget target = new SendTarget(queue.getBrokerName(), queue.getQueueId());
        // A failure may mean that brokers have changed.
        AsyncAnswer answer = new AsyncAnswer(target, prepared.topic(), address, millis,
                (failure) -> this.routes.refreshAfter(failure, topic));
        try {
            AsyncRequests.Request request = create(prepared, topic, queue, broker, address, answer);
            if (request == null) {
                return answer;
            }
            this.client.getMqClientFactory()
                .getMQClientAPIImpl()
                .sendMessage(address, broker, request.message(), request.header(), millis, CommunicationMode.ASYNC,
                        answer, null, this.client.getMqClientFactory(), 0, request.context(), this.client);
        }
        catch (Throwable ex) {
            answer.onException(ex);
        }
        this.lateAnswers.watch(answer);
        return answer;
    }

    /** The request; {@code null} if the client does not let such a message be made. */
    private AsyncRequests.@Nullable Request create(PreparedMessage prepared, String topic, MessageQueue queue,
            String broker, String address, AsyncAnswer answer) throws IOException {
        Message message;
        try {
            message = OutgoingMessages.create(prepared);
        }
        catch (RuntimeException ex) {
            boolean unused = answer.complete(SendErrors.notCreated(ex));
            return null;
        }
        return this.requests.create(message, topic, queue, broker, address);
    }

}

package io.reliablemq.rocketmq;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.impl.producer.DefaultMQProducerImpl;
import org.apache.rocketmq.client.impl.producer.TopicPublishInfo;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.ServiceState;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingTimeoutException;
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
        Answer answer = new Answer(target, prepared.topic());
        try {
            AsyncRequests.Request request = this.requests.create(prepared, topic, queue, broker, address);
            this.client.getMqClientFactory()
                .getMQClientAPIImpl()
                .sendMessage(address, broker, request.message(), request.header(), millis, CommunicationMode.ASYNC,
                        answer, null, this.client.getMqClientFactory(), 0, request.context(), this.client);
        }
        catch (Exception ex) {
            answer.onException(ex);
        }
        if (answer.isDone()) {
            return refreshed(answer, topic);
        }
        // The client looks for late answers once a second only.
        return refreshed(answer.orTimeout(millis, TimeUnit.MILLISECONDS)
            .exceptionally(
                    (ex) -> SendErrors.of(new RemotingTimeoutException(address, millis), target, prepared.topic())),
                topic);
    }

    /** A failure may mean that brokers have changed. */
    private CompletableFuture<AttemptResult> refreshed(CompletableFuture<AttemptResult> result, String topic) {
        CompletableFuture<Void> unused = result.thenAccept((it) -> this.routes.refreshAfter(it, topic));
        return result;
    }

    /** The broker's answer, or why there is none. */
    private static final class Answer extends CompletableFuture<AttemptResult> implements SendCallback {

        private final SendTarget target;

        private final String topic;

        private final Thread caller = Thread.currentThread();

        private Answer(SendTarget target, String topic) {
            this.target = target;
            this.topic = topic;
        }

        @Override
        public void onSuccess(SendResult result) {
            complete(new AttemptResult.Stored(this.target, RocketMQMessageTransport.status(result.getSendStatus()),
                    result.getQueueOffset()));
        }

        @Override
        public void onException(Throwable ex) {
            if (SendErrors.isInterrupt(ex) && Thread.currentThread() == this.caller) {
                Thread.currentThread().interrupt();
            }
            complete(SendErrors.ofAsync(ex, this.target, this.topic));
        }

    }

}

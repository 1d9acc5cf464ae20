package io.reliablemq.rocketmq.transport;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.rocketmq.AsyncRequests;
import io.reliablemq.rocketmq.ClientMessages;
import io.reliablemq.rocketmq.ProducerInternals;
import io.reliablemq.rocketmq.ProducerInternals.KnownQueues;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.MixAll;
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

    private final TopicRoutes routes;

    private final AsyncRequests requests;

    private final LateAnswers lateAnswers = new LateAnswers();

    AsyncAttempts(DefaultMQProducer producer, TopicRoutes routes, Clock clock) {
        this.producer = producer;
        this.routes = routes;
        this.requests = new AsyncRequests(producer, clock);
    }

    /** The result to come; {@code null} if something would have to be waited for. */
    @Nullable CompletableFuture<AttemptResult> begin(PreparedMessage prepared, Duration timeout) {
        if (!this.requests.isPossible() || prepared.orderingKey() != null) {
            return null;
        }
        String topic = ProducerInternals.withNamespace(this.producer, prepared.topic());
        KnownQueues queues = this.routes.known(topic);
        if (queues == null || topic.startsWith(MixAll.RETRY_GROUP_TOPIC_PREFIX)) {
            return null;
        }
        MessageQueue queue = queues.next(null);
        String address = this.requests.address(queue);
        return (address != null) ? begin(prepared, queue, address, Math.max(1, timeout.toMillis())) : null;
    }

    private CompletableFuture<AttemptResult> begin(PreparedMessage prepared, MessageQueue queue, String address,
            long millis) {
        // A failure may mean that brokers have changed.
        AsyncAnswer answer = new AsyncAnswer(new SendTarget(queue.getBrokerName(), queue.getQueueId()),
                prepared.topic(), address, millis, (failure) -> this.routes.refreshAfter(failure, queue.getTopic()));
        Message message;
        try {
            message = ClientMessages.outgoing(prepared);
        }
        catch (RuntimeException ex) {
            boolean unused = answer.complete(SendErrors.notCreated(ex));
            return answer;
        }
        try {
            this.requests.send(message, queue, address, millis, answer);
        }
        catch (Throwable ex) {
            answer.onException(ex);
        }
        this.lateAnswers.watch(answer);
        return answer;
    }

}

package io.reliablemq.rocketmq.transport;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.ClusterAddress;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.rocketmq.ClientMessages;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ProducerInternals;
import io.reliablemq.rocketmq.ProducerInternals.KnownQueues;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;

/**
 * Sends by the producer of a {@link RocketMQTemplate}, with its connection, its
 * credentials, its namespace, its hooks and its converter; none of its settings is
 * changed. The client's own retries are not used.
 * <p>
 * An attempt keeps its timeout except for one thing: while a connection is being opened
 * the client waits for up to 3 s, whatever the timeout, and cannot be interrupted.
 */
public class RocketMQMessageTransport implements MessageTransport {

    private static final byte[] NOT_EMPTY = { 0 };

    private static final Duration SELECTION = Duration.ofSeconds(3);

    private final RocketMQTemplate template;

    private final DefaultMQProducer producer;

    private final MessagePreparation preparation;

    private final TopicRoutes routes;

    private final AsyncAttempts asyncAttempts;

    /**
     * Creates the way to a template's cluster.
     * @param template a template that has a producer
     * @throws InvalidConfigurationException if it has none
     */
    public RocketMQMessageTransport(RocketMQTemplate template) {
        DefaultMQProducer templateProducer = template.getProducer();
        if (templateProducer == null) {
            throw new InvalidConfigurationException("The RocketMQTemplate has no producer, so nothing can be sent.",
                    "Set rocketmq.producer.group.");
        }
        this.template = template;
        this.producer = templateProducer;
        this.preparation = new MessagePreparation(template, templateProducer);
        this.routes = new TopicRoutes(templateProducer);
        this.asyncAttempts = new AsyncAttempts(templateProducer, this.routes, Clock.systemUTC());
    }

    @Override
    public @Nullable ClusterAddress address() {
        return Clusters.addressOf(this.producer);
    }

    @Override
    public boolean isReady() {
        return !ProducerInternals.isShutDown(this.producer);
    }

    @Override
    public PreparedMessage prepare(ReliableMessage<?> message, long id, @Nullable Instant deliverAt) {
        return this.preparation.prepare(message, id, deliverAt);
    }

    @Override
    public int batchSize(List<PreparedMessage> messages) {
        return MessageBatches.size(messages, this.producer.getMaxMessageSize());
    }

    @Override
    public AttemptResult send(PreparedMessage prepared, @Nullable SendTarget failed, Duration timeout)
            throws InterruptedException {
        return sendBatch(List.of(prepared), failed, timeout);
    }

    @Override
    public @Nullable CompletableFuture<AttemptResult> sendAsync(PreparedMessage message, Duration timeout) {
        return this.asyncAttempts.begin(message, timeout);
    }

    @Override
    public AttemptResult sendBatch(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout)
            throws InterruptedException {
        if (!ProducerInternals.isRunning(this.producer)) {
            return new AttemptResult.Failed(null, FailureKind.UNAVAILABLE, false,
                    new MQClientException("The producer is not running", null),
                    "The RocketMQTemplate's producer is not started, or shut down already.");
        }
        long start = System.nanoTime();
        PreparedMessage prepared = messages.get(0);
        String topic = ProducerInternals.withNamespace(this.producer, prepared.topic());
        Message message;
        List<Message> batch;
        try {
            // Choosing a queue changes it.
            message = ClientMessages.outgoing(prepared);
            batch = (messages.size() == 1) ? List.of(message)
                    : messages.stream().map(ClientMessages::outgoing).toList();
        }
        catch (RuntimeException ex) {
            return SendErrors.notCreated(ex);
        }
        MessageQueue queue;
        try {
            queue = queue(prepared, message, topic, failed, timeout);
        }
        catch (Exception ex) {
            rethrowInterrupt(ex);
            return SendErrors.beforeSending(ex, prepared.topic());
        }
        SendTarget target = new SendTarget(queue.getBrokerName(), queue.getQueueId());
        AttemptResult result = attempt(batch, queue, target, prepared.topic(),
                timeout.minusNanos(System.nanoTime() - start));
        this.routes.refreshAfter(result, topic);
        return result;
    }

    @Override
    public @Nullable String brokerOf(String topic, String orderingKey) {
        String name = ProducerInternals.withNamespace(this.producer, topic);
        if (this.routes.known(name) == null) {
            return null;
        }
        try {
            return orderedQueue(orderingKey, new Message(name, NOT_EMPTY), name, SELECTION).getBrokerName();
        }
        catch (Exception ex) {
            // A selector that looks at the message has its say when there is one.
            return null;
        }
    }

    private AttemptResult attempt(List<Message> batch, MessageQueue queue, SendTarget target, String topic,
            Duration left) throws InterruptedException {
        long millis = Math.max(1, left.toMillis());
        try {
            SendResult result = (batch.size() == 1) ? this.producer.send(batch.get(0), queue, millis)
                    : this.producer.send(batch, queue, millis);
            return new AttemptResult.Stored(target, status(result.getSendStatus()), result.getQueueOffset());
        }
        catch (Exception ex) {
            rethrowInterrupt(ex);
            return (batch.size() == 1) ? SendErrors.of(ex, target, topic) : SendErrors.ofBatch(ex, target, topic);
        }
    }

    private MessageQueue queue(PreparedMessage prepared, Message message, String topic, @Nullable SendTarget failed,
            Duration timeout) throws Exception {
        if (prepared.orderingKey() != null && failed != null) {
            return new MessageQueue(topic, failed.broker(), failed.queueId());
        }
        KnownQueues queues = this.routes.find(topic, timeout);
        if (prepared.orderingKey() != null) {
            return orderedQueue(prepared.orderingKey(), message, topic, timeout);
        }
        return queues.next((failed != null) ? failed.broker() : null);
    }

    /**
     * The queue that the template's own ordered sends take, so that both keep one order.
     */
    private MessageQueue orderedQueue(String orderingKey, Message message, String topic, Duration timeout)
            throws Exception {
        message.setTopic(topic);
        return ProducerInternals.selectQueue(this.producer, message, this.template.getMessageQueueSelector(),
                orderingKey, Math.max(1, timeout.toMillis()));
    }

    private static void rethrowInterrupt(Exception ex) throws InterruptedException {
        if (SendErrors.isInterrupt(ex)) {
            InterruptedException interrupt = new InterruptedException("Interrupted while sending");
            interrupt.initCause(ex);
            throw interrupt;
        }
    }

    static StorageStatus status(SendStatus status) {
        return switch (status) {
            case SEND_OK -> StorageStatus.REPLICATED;
            case FLUSH_SLAVE_TIMEOUT, SLAVE_NOT_AVAILABLE -> StorageStatus.FLUSHED;
            case FLUSH_DISK_TIMEOUT -> StorageStatus.STORED;
        };
    }

}

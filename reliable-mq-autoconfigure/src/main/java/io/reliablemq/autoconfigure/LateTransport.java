package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.ClusterAddress;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;

/**
 * The transport of a template that gets its producer only when all singletons exist, as
 * RocketMQ-Spring does with {@code @ExtRocketMQTemplateConfiguration}. Before that,
 * sending fails.
 */
final class LateTransport implements MessageTransport {

    private final RocketMQTemplate template;

    private volatile @Nullable MessageTransport transport;

    LateTransport(RocketMQTemplate template) {
        this.template = template;
    }

    /**
     * Creates the transport.
     * @throws io.reliablemq.InvalidConfigurationException if there is no producer
     */
    MessageTransport require() {
        MessageTransport made = this.transport;
        return (made != null) ? made : make();
    }

    private synchronized MessageTransport make() {
        MessageTransport made = this.transport;
        if (made == null) {
            made = new RocketMQMessageTransport(this.template);
            this.transport = made;
        }
        return made;
    }

    @Override
    public boolean isReady() {
        return (this.transport != null || this.template.getProducer() != null) && require().isReady();
    }

    @Override
    public @Nullable ClusterAddress address() {
        return isReady() ? require().address() : null;
    }

    @Override
    public PreparedMessage prepare(ReliableMessage<?> message, long id, @Nullable Instant deliverAt) {
        return require().prepare(message, id, deliverAt);
    }

    @Override
    public AttemptResult send(PreparedMessage message, @Nullable SendTarget failed, Duration timeout)
            throws InterruptedException {
        return require().send(message, failed, timeout);
    }

    @Override
    public @Nullable CompletableFuture<AttemptResult> sendAsync(PreparedMessage message, Duration timeout) {
        return require().sendAsync(message, timeout);
    }

    @Override
    public int batchSize(List<PreparedMessage> messages) {
        return require().batchSize(messages);
    }

    @Override
    public AttemptResult sendBatch(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout)
            throws InterruptedException {
        return require().sendBatch(messages, failed, timeout);
    }

}

package io.reliablemq.producer;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages reliably: each is acknowledged with the status asked for, or an
 * exception says why not and whether the broker may hold it. Payloads are converted by
 * the {@link RocketMQTemplate}, so its consumers need not change. Safe for concurrent
 * use.
 */
public class ReliableMQTemplate implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ReliableMQTemplate.class);

    private final MessageTransport transport;

    private final SendPipeline pipeline;

    private final Function<RocketMQTemplate, MessageTransport> transports;

    private final Map<RocketMQTemplate, ReliableMQTemplate> others = new ConcurrentHashMap<>();

    private final boolean owner;

    /** Not private, so that applications can have the template proxied. */
    ReliableMQTemplate(MessageTransport transport, SendPipeline pipeline,
            Function<RocketMQTemplate, MessageTransport> transports, boolean owner) {
        this.transport = transport;
        this.pipeline = pipeline;
        this.transports = transports;
        this.owner = owner;
    }

    /**
     * Begins a template.
     * @param rocketMQTemplate converts payloads and names the cluster
     * @param transports makes the transport to a template's cluster
     * @param ids draws ids of messages that have none
     * @return a builder with the defaults of everything else
     */
    public static Builder builder(RocketMQTemplate rocketMQTemplate,
            Function<RocketMQTemplate, MessageTransport> transports, MessageIdGenerator ids) {
        return new Builder(rocketMQTemplate, transports, ids);
    }

    /**
     * Sends a payload and waits for the acknowledgement.
     * @param destination {@code topic} or {@code topic:tag}
     * @param payload an object that the {@link RocketMQTemplate} can convert, or a Spring
     * message whose headers are sent along
     * @return the receipt
     * @throws InvalidMessageException if it can never be sent as it is
     * @throws SendFailedException if it was not acknowledged
     */
    public SendReceipt send(String destination, Object payload) {
        return send(message(destination, payload));
    }

    /**
     * Sends a message and waits for the acknowledgement.
     * @param message the message
     * @return the receipt
     * @throws InvalidMessageException if it can never be sent as it is
     * @throws SendFailedException if it was not acknowledged
     */
    public SendReceipt send(ReliableMessage<?> message) {
        return this.pipeline.send(this.transport, message);
    }

    /**
     * Sends a payload without waiting for the acknowledgement.
     * @param destination {@code topic} or {@code topic:tag}
     * @param payload as in {@link #send(String, Object)}
     * @return as in {@link #sendAsync(ReliableMessage)}
     */
    public CompletableFuture<SendReceipt> sendAsync(String destination, Object payload) {
        try {
            return sendAsync(message(destination, payload));
        }
        catch (InvalidMessageException ex) {
            return CompletableFuture.failedFuture(ex);
        }
    }

    /**
     * Sends a message without waiting for the acknowledgement. Waits, up to the deadline,
     * while too many others are in flight or have actions that have not run; a call from
     * within such an action does not wait. No thread waits for the answer to the first
     * attempt; what follows a failure is done on threads of the template. Messages that
     * share an ordering key are sent in the order of these calls.
     * @param message the message
     * @return the receipt to come; fails with the exception that
     * {@link #send(ReliableMessage)} would throw, not wrapped. Actions attached to it run
     * on threads of the template and should not block for long
     */
    public CompletableFuture<SendReceipt> sendAsync(ReliableMessage<?> message) {
        return this.pipeline.sendAsync(this.transport, message);
    }

    /**
     * Sends messages in their order, and waits for the acknowledgements. All are checked
     * and converted before the first is sent. Neighbours for the same topic without a
     * delay and with the same ordering key, or none, go to one queue together, up to 100
     * messages or 1 MiB; each such batch is stored as a whole or not at all, has attempts
     * and a deadline of its own, and is sent when the one before it is acknowledged.
     * Sending ends at the first failure.
     * @param messages the messages
     * @return their receipts, in the same order
     * @throws InvalidMessageException if one of them can never be sent as it is; nothing
     * was sent
     * @throws SendAllFailedException if some were not acknowledged; says which ones were
     */
    public List<SendReceipt> sendAll(Collection<? extends ReliableMessage<?>> messages) {
        return this.pipeline.sendAll(this.transport, List.copyOf(messages));
    }

    /**
     * The same way of sending, on another cluster. It shares the bound of asynchronous
     * sends with this template and is closed with it.
     * @param rocketMQTemplate names the cluster and converts payloads
     * @return a template for that cluster, always the same
     */
    public ReliableMQTemplate on(RocketMQTemplate rocketMQTemplate) {
        return this.others.computeIfAbsent(rocketMQTemplate,
                (other) -> new ReliableMQTemplate(this.transports.apply(other), this.pipeline, this.transports, false));
    }

    /**
     * Takes no more asynchronous sends, waits for those in flight up to the drain timeout
     * and ends the rest: those that are being tried again go to the outbox, if there is
     * one, for up to 5 s; the futures of all others fail. Does nothing on a template that
     * {@link #on(RocketMQTemplate)} has returned.
     */
    @Override
    public void close() {
        if (!this.owner) {
            return;
        }
        int left = this.pipeline.close();
        if (left > 0) {
            log.warn(
                    "Closed while {} asynchronous sends were in flight. Their futures have failed, unless the outbox "
                            + "took the message; raise reliable-mq.shutdown.drain-timeout to give them more time.",
                    left);
        }
    }

    private static ReliableMessage<?> message(String destination, Object payload) {
        return ReliableMessage.to(destination).payload(payload).build();
    }

    /**
     * Builder of a {@link ReliableMQTemplate}.
     */
    public static final class Builder {

        final MessageIdGenerator ids;

        SendOptions options = SendOptions.defaults();

        SendBuffer buffer = SendBuffer.none();

        SendLimits limits = SendLimits.none();

        PriorityTopics priorityTopics = PriorityTopics.none();

        MeterRegistry meters = new CompositeMeterRegistry();

        ObservationRegistry observations = ObservationRegistry.NOOP;

        Clock clock = Clock.systemUTC();

        Ticker ticker = Ticker.SYSTEM;

        private final RocketMQTemplate rocketMQTemplate;

        private final Function<RocketMQTemplate, MessageTransport> transports;

        private @Nullable SendRetryPolicy retryPolicy;

        private Builder(RocketMQTemplate rocketMQTemplate, Function<RocketMQTemplate, MessageTransport> transports,
                MessageIdGenerator ids) {
            this.rocketMQTemplate = rocketMQTemplate;
            this.transports = transports;
            this.ids = ids;
        }

        /**
         * Sets how hard to try.
         * @param options the options
         * @return this builder
         */
        public Builder options(SendOptions options) {
            this.options = options;
            return this;
        }

        /**
         * Sets when to try again; by default as often and after the waiting times that
         * the options say.
         * @param retryPolicy the policy
         * @return this builder
         */
        public Builder retryPolicy(SendRetryPolicy retryPolicy) {
            this.retryPolicy = retryPolicy;
            return this;
        }

        SendRetryPolicy retryPolicy() {
            return (this.retryPolicy != null) ? this.retryPolicy
                    : SendRetryPolicy.exponential(this.options.maxAttempts(), this.options.backoff());
        }

        /**
         * Sets what keeps messages that are not, or could not be, sent at once; by
         * default nothing.
         * @param buffer the buffer
         * @return this builder
         */
        public Builder buffer(SendBuffer buffer) {
            this.buffer = buffer;
            return this;
        }

        /**
         * Sets the messages per second by topic; by default without a limit.
         * @param limits the limits
         * @return this builder
         */
        public Builder limits(SendLimits limits) {
            this.limits = limits;
            return this;
        }

        /**
         * Sets the topics for messages of a priority; by default none.
         * @param priorityTopics the topics
         * @return this builder
         */
        public Builder priorityTopics(PriorityTopics priorityTopics) {
            this.priorityTopics = priorityTopics;
            return this;
        }

        /**
         * Sets where {@code reliable.mq.send} is registered; by default nowhere.
         * @param meters the registry
         * @return this builder
         */
        public Builder meters(MeterRegistry meters) {
            this.meters = meters;
            return this;
        }

        /**
         * Sets where {@code reliable.mq.publish} is observed, which puts the trace
         * context into the headers of messages; by default nowhere.
         * @param observations the registry
         * @return this builder
         */
        public Builder observations(ObservationRegistry observations) {
            this.observations = observations;
            return this;
        }

        /**
         * Sets the clock from which delivery times of delayed messages are reckoned; by
         * default the system's.
         * @param clock the clock
         * @return this builder
         */
        public Builder clock(Clock clock) {
            this.clock = clock;
            return this;
        }

        Builder ticker(Ticker ticker) {
            this.ticker = ticker;
            return this;
        }

        /**
         * Creates the template.
         * @return the template
         */
        public ReliableMQTemplate build() {
            ReliableMQTemplate template = new ReliableMQTemplate(this.transports.apply(this.rocketMQTemplate),
                    new SendPipeline(this), this.transports, true);
            template.others.put(this.rocketMQTemplate, template);
            return template;
        }

    }

}

package io.reliablemq.producer;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
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

    private final SendPipeline engine;

    private final Function<RocketMQTemplate, MessageTransport> transports;

    private final Map<RocketMQTemplate, ReliableMQTemplate> others;

    private final boolean owner;

    /**
     * Creates a template.
     * @param rocketMQTemplate converts payloads and names the cluster
     * @param transports makes the way to a template's cluster
     * @param ids draws ids of messages that have none
     * @param options how hard to try
     * @param retryPolicy when to try again
     * @param meters where {@code reliable.mq.send} is registered
     * @param clock from which delivery times of delayed messages are reckoned
     */
    public ReliableMQTemplate(RocketMQTemplate rocketMQTemplate,
            Function<RocketMQTemplate, MessageTransport> transports, MessageIdGenerator ids, SendOptions options,
            SendRetryPolicy retryPolicy, MeterRegistry meters, Clock clock) {
        this(rocketMQTemplate, transports, ids, options, retryPolicy, SendBuffer.none(), meters, clock);
    }

    /**
     * Creates a template with a buffer.
     * @param rocketMQTemplate converts payloads and names the cluster
     * @param transports makes the way to a template's cluster
     * @param ids draws ids of messages that have none
     * @param options how hard to try
     * @param retryPolicy when to try again
     * @param buffer keeps what is not, or could not be, sent at once
     * @param meters where {@code reliable.mq.send} is registered
     * @param clock from which delivery times of delayed messages are reckoned
     */
    public ReliableMQTemplate(RocketMQTemplate rocketMQTemplate,
            Function<RocketMQTemplate, MessageTransport> transports, MessageIdGenerator ids, SendOptions options,
            SendRetryPolicy retryPolicy, SendBuffer buffer, MeterRegistry meters, Clock clock) {
        this(rocketMQTemplate, transports, ids, options, retryPolicy, buffer, meters, ObservationRegistry.NOOP, clock);
    }

    /**
     * Creates a template whose sends are observed.
     * @param rocketMQTemplate converts payloads and names the cluster
     * @param transports makes the way to a template's cluster
     * @param ids draws ids of messages that have none
     * @param options how hard to try
     * @param retryPolicy when to try again
     * @param buffer keeps what is not, or could not be, sent at once
     * @param meters where {@code reliable.mq.send} is registered
     * @param observations where {@code reliable.mq.publish} is observed; puts the trace
     * context into the headers of messages
     * @param clock from which delivery times of delayed messages are reckoned
     */
    public ReliableMQTemplate(RocketMQTemplate rocketMQTemplate,
            Function<RocketMQTemplate, MessageTransport> transports, MessageIdGenerator ids, SendOptions options,
            SendRetryPolicy retryPolicy, SendBuffer buffer, MeterRegistry meters, ObservationRegistry observations,
            Clock clock) {
        this(rocketMQTemplate, transports, ids, options, retryPolicy, buffer, SendLimits.none(), PriorityTopics.none(),
                meters, observations, clock);
    }

    /**
     * Creates a template whose sends are shaped.
     * @param rocketMQTemplate converts payloads and names the cluster
     * @param transports makes the way to a template's cluster
     * @param ids draws ids of messages that have none
     * @param options how hard to try
     * @param retryPolicy when to try again
     * @param buffer keeps what is not, or could not be, sent at once
     * @param limits messages per second by topic
     * @param priorityTopics topics for messages of a priority
     * @param meters where {@code reliable.mq.send} is registered
     * @param observations where {@code reliable.mq.publish} is observed; puts the trace
     * context into the headers of messages
     * @param clock from which delivery times of delayed messages are reckoned
     */
    public ReliableMQTemplate(RocketMQTemplate rocketMQTemplate,
            Function<RocketMQTemplate, MessageTransport> transports, MessageIdGenerator ids, SendOptions options,
            SendRetryPolicy retryPolicy, SendBuffer buffer, SendLimits limits, PriorityTopics priorityTopics,
            MeterRegistry meters, ObservationRegistry observations, Clock clock) {
        this(transports.apply(rocketMQTemplate), new SendPipeline(ids, options, retryPolicy, buffer, limits,
                priorityTopics, new SendMeters(meters), new SendObservations(observations), clock, Ticker.SYSTEM),
                transports, true);
        this.others.put(rocketMQTemplate, this);
    }

    ReliableMQTemplate(MessageTransport transport, SendPipeline engine,
            Function<RocketMQTemplate, MessageTransport> transports, boolean owner) {
        this.transport = transport;
        this.engine = engine;
        this.transports = transports;
        this.others = new ConcurrentHashMap<>();
        this.owner = owner;
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
        return this.engine.send(this.transport, message);
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
        return this.engine.sendAsync(this.transport, message);
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
        return this.engine.sendAll(this.transport, List.copyOf(messages));
    }

    /**
     * The same way of sending, on another cluster. It shares the bound of asynchronous
     * sends with this template and is closed with it.
     * @param rocketMQTemplate names the cluster and converts payloads
     * @return a template for that cluster, always the same
     */
    public ReliableMQTemplate on(RocketMQTemplate rocketMQTemplate) {
        return this.others.computeIfAbsent(rocketMQTemplate,
                (other) -> new ReliableMQTemplate(this.transports.apply(other), this.engine, this.transports, false));
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
        int left = this.engine.close();
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

}

package io.reliablemq.producer;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all templates of an application share: ids, attempts, meters and the bound of
 * asynchronous sends.
 */
class SendPipeline {

    private static final Logger log = LoggerFactory.getLogger(SendPipeline.class);

    private final MessageIdGenerator ids;

    private final SendOptions options;

    private final SendMeters meters;

    private final Clock clock;

    private final Ticker ticker;

    private final DirectSend delivery;

    private final BulkSend bulkSend;

    private final AsyncSendLimiter asyncSends;

    private final SendBuffer buffer;

    private final SendObservations observations;

    private final SendLimits limits;

    private final PriorityTopics priorityTopics;

    private final AddedHeaders addedHeaders;

    SendPipeline(MessageIdGenerator ids, SendOptions options, SendRetryPolicy policy, SendBuffer buffer,
            SendMeters meters, SendObservations observations, Clock clock, Ticker ticker) {
        this(ids, options, policy, buffer, SendLimits.none(), PriorityTopics.none(), meters, observations, clock,
                ticker);
    }

    SendPipeline(MessageIdGenerator ids, SendOptions options, SendRetryPolicy policy, SendBuffer buffer,
            SendLimits limits, PriorityTopics priorityTopics, SendMeters meters, SendObservations observations,
            Clock clock, Ticker ticker) {
        this.limits = limits;
        this.priorityTopics = priorityTopics;
        this.addedHeaders = new AddedHeaders(options.mdcKeys());
        this.observations = observations;
        this.ids = ids;
        this.buffer = buffer;
        this.options = options;
        this.meters = meters;
        this.clock = clock;
        this.ticker = ticker;
        this.delivery = new DirectSend(new SendAttempts(options, policy, limits, ticker), buffer, meters);
        this.bulkSend = new BulkSend(this.delivery, limits, ticker);
        this.asyncSends = new AsyncSendLimiter(options.maxInFlight(), options.deadline());
    }

    SendReceipt send(MessageTransport transport, ReliableMessage<?> message) {
        return this.observations.send(message, (observed) -> sendObserved(transport, observed));
    }

    private SendReceipt sendObserved(MessageTransport transport, Outgoing message) {
        long start = this.ticker.nanos();
        PreparedMessage prepared = prepare(transport, message);
        return isKept(transport, prepared, start) ? DirectSend.kept(prepared, 0)
                : this.delivery.deliver(transport, new SendProgress(prepared, start, this.ticker), false);
    }

    CompletableFuture<SendReceipt> sendAsync(MessageTransport transport, ReliableMessage<?> message) {
        return this.observations.sendAsync(message, (observed) -> sendAsyncObserved(transport, observed));
    }

    private CompletableFuture<SendReceipt> sendAsyncObserved(MessageTransport transport, Outgoing message) {
        long start = this.ticker.nanos();
        try {
            PreparedMessage prepared = prepare(transport, message);
            return isKept(transport, prepared, start) ? CompletableFuture.completedFuture(DirectSend.kept(prepared, 0))
                    : deliverAsync(transport, prepared, start);
        }
        catch (SendFailedException ex) {
            this.meters.record(message.message().topic(), ex.isUncertain() ? "uncertain" : "failed",
                    this.ticker.nanos() - start);
            return CompletableFuture.failedFuture(ex);
        }
        catch (RuntimeException ex) {
            return CompletableFuture.failedFuture(ex);
        }
    }

    List<SendReceipt> sendAll(MessageTransport transport, List<? extends ReliableMessage<?>> messages) {
        return this.observations.sendAll(messages, (observed) -> sendAllObserved(transport, observed));
    }

    private List<SendReceipt> sendAllObserved(MessageTransport transport, List<Outgoing> messages) {
        List<PreparedMessage> prepared = prepareAll(transport, messages);
        List<PreparedMessage> now;
        try {
            now = this.buffer.keep(transport, prepared, sendLater(transport));
        }
        catch (SendFailedException ex) {
            throw BulkSend.notKept(prepared, ex);
        }
        return this.bulkSend.send(transport, prepared, now);
    }

    int close() {
        return this.asyncSends.close(this.options.drainTimeout());
    }

    private PreparedMessage prepare(MessageTransport transport, Outgoing message) {
        Long id = message.message().id();
        return prepare(transport, message, (id != null) ? id : this.ids.nextId());
    }

    private List<PreparedMessage> prepareAll(MessageTransport transport, List<Outgoing> messages) {
        long[] drawn = this.ids
            .nextIds((int) messages.stream().filter((message) -> message.message().id() == null).count());
        int next = 0;
        List<PreparedMessage> prepared = new ArrayList<>(messages.size());
        for (Outgoing message : messages) {
            Long id = message.message().id();
            prepared.add(prepare(transport, message, (id != null) ? id : drawn[next++]));
        }
        return prepared;
    }

    private PreparedMessage prepare(MessageTransport transport, Outgoing outgoing, long id) {
        ReliableMessage<?> message = outgoing.message();
        ReliableMessage<?> plain = this.addedHeaders
            .withTrace(this.priorityTopics.route(SpringMessages.unwrap(message)), outgoing.trace());
        String space = (message.space() != null) ? message.space() : this.ids.space();
        return this.addedHeaders.withLoggingContext(
                transport.prepare(plain, id, deliverAt(plain)).identifiedBy(space, message.id() != null));
    }

    private @Nullable Instant deliverAt(ReliableMessage<?> message) {
        return (message.delay() != null && !message.delay().isZero()) ? this.clock.instant().plus(message.delay())
                : null;
    }

    private boolean isKept(MessageTransport transport, PreparedMessage message, long start) {
        boolean kept = this.buffer.keep(transport, List.of(message), sendLater(transport)).isEmpty();
        if (kept) {
            this.meters.record(message.topic(), "outboxed", this.ticker.nanos() - start);
        }
        return kept;
    }

    private LaterSends sendLater(MessageTransport transport) {
        return new LaterSends() {

            @Override
            public boolean reserve() {
                return SendPipeline.this.asyncSends.tryReserve();
            }

            @Override
            public void cancel() {
                SendPipeline.this.asyncSends.cancelReservation();
            }

            @Override
            public void accept(PreparedMessage message) {
                sendReserved(transport, message);
            }

        };
    }

    private void sendReserved(MessageTransport transport, PreparedMessage message) {
        SendProgress progress = new SendProgress(message, this.ticker.nanos(), this.ticker);
        boolean inTurn = this.limits.of(message.topic()) == null;
        AtomicReference<@Nullable Thread> committing = new AtomicReference<>(Thread.currentThread());
        CompletableFuture<SendReceipt> unused = this.asyncSends
            .submitReserved(new AsyncAttempt(this.delivery, transport, progress, inTurn))
            .whenComplete((receipt, failure) -> {
                if (failure != null && Thread.currentThread() == committing.get()) {
                    keepElsewhere(transport, message, failure);
                }
                else if (failure != null) {
                    keepOrReport(transport, message, failure);
                }
            });
        committing.set(null);
    }

    private void keepElsewhere(MessageTransport transport, PreparedMessage message, Throwable failure) {
        try {
            new Thread(() -> keepOrReport(transport, message, failure), "reliable-mq-send-keep").start();
        }
        catch (Throwable ex) {
            failure.addSuppressed(ex);
            reportLost(message, failure);
        }
    }

    private void keepOrReport(MessageTransport transport, PreparedMessage message, Throwable failure) {
        Throwable left = (failure instanceof SendFailedException ex)
                ? this.delivery.keep(transport, List.of(message), 1, ex) : failure;
        if (left != null) {
            reportLost(message, left);
        }
    }

    private static void reportLost(PreparedMessage message, Throwable failure) {
        log.error("Message {} to {} {} lost: it could neither be sent after the commit nor stored", message.id(),
                message.destination(),
                (failure instanceof SendFailedException ex && ex.isUncertain()) ? "may be" : "is", failure);
    }

    private CompletableFuture<SendReceipt> deliverAsync(MessageTransport transport, PreparedMessage message,
            long start) {
        // A lane of messages that stay in order waits where it is.
        long turn = (message.orderingKey() == null)
                ? this.limits.take(message.topic(), this.options.deadline().minus(this.ticker.since(start))) : -1;
        return this.asyncSends.submit(
                new AsyncAttempt(this.delivery, transport, new SendProgress(message, start, this.ticker), turn >= 0),
                Duration.ofNanos(Math.max(0, turn)));
    }

}

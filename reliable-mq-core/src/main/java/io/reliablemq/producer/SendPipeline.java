package io.reliablemq.producer;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;

/**
 * The way of a message from the call of send to its outcome, shared by all templates of
 * an application.
 * <ol>
 * <li>{@link SendObservations} starts the observation of the send and provides its trace
 * context.</li>
 * <li>{@link #prepare} chooses the topic of its priority, draws its id, converts it and
 * adds the headers of trace and logging context.</li>
 * <li>{@link SendBuffer#keep} keeps it, if it is to be stored first: the send ends here,
 * and an {@link AfterCommitSender} or the relay sends it later.</li>
 * <li>{@link DirectSend} sends it: on the calling thread, as an {@link AsyncSend} in a
 * place of the {@link AsyncSendLimiter}, or by {@link BulkSend} together with others.
 * </li>
 * </ol>
 */
class SendPipeline {

    private final SendObservations observations;

    private final PriorityTopics priorityTopics;

    private final MessageIdGenerator ids;

    private final AddedHeaders addedHeaders;

    private final SendBuffer buffer;

    private final DirectSend direct;

    private final AsyncSendLimiter asyncSends;

    private final BulkSend bulkSend;

    private final SendOptions options;

    private final SendLimits limits;

    private final SendMeters meters;

    private final Clock clock;

    private final Ticker ticker;

    SendPipeline(ReliableMQTemplate.Builder settings) {
        this.observations = new SendObservations(settings.observations);
        this.priorityTopics = settings.priorityTopics;
        this.ids = settings.ids;
        this.options = settings.options;
        this.addedHeaders = new AddedHeaders(this.options.mdcKeys());
        this.buffer = settings.buffer;
        this.limits = settings.limits;
        this.meters = new SendMeters(settings.meters);
        this.clock = settings.clock;
        this.ticker = settings.ticker;
        this.direct = new DirectSend(new SendAttempts(this.options, settings.retryPolicy(), this.limits, this.ticker),
                this.buffer, this.meters);
        this.asyncSends = new AsyncSendLimiter(this.direct, this.options.maxInFlight(), this.options.deadline());
        this.bulkSend = new BulkSend(this.direct, this.limits, this.ticker);
    }

    SendReceipt send(MessageTransport transport, ReliableMessage<?> message) {
        return this.observations.send(message, (observed) -> {
            long start = this.ticker.nanos();
            PreparedMessage prepared = prepare(transport, observed);
            return keep(transport, prepared, start) ? DirectSend.outboxed(prepared, 0)
                    : this.direct.send(new SendProgress(transport, List.of(prepared), start, this.ticker));
        });
    }

    CompletableFuture<SendReceipt> sendAsync(MessageTransport transport, ReliableMessage<?> message) {
        return this.observations.sendAsync(message, (observed) -> {
            long start = this.ticker.nanos();
            try {
                PreparedMessage prepared = prepare(transport, observed);
                return keep(transport, prepared, start)
                        ? CompletableFuture.completedFuture(DirectSend.outboxed(prepared, 0))
                        : sendAsync(transport, prepared, start);
            }
            catch (SendFailedException ex) {
                this.meters.record(message.topic(), ex.isUncertain() ? "uncertain" : "failed",
                        this.ticker.nanos() - start);
                return CompletableFuture.failedFuture(ex);
            }
            catch (RuntimeException ex) {
                return CompletableFuture.failedFuture(ex);
            }
        });
    }

    private CompletableFuture<SendReceipt> sendAsync(MessageTransport transport, PreparedMessage message, long start) {
        // A lane of messages that stay in order waits where it is.
        long turn = (message.orderingKey() == null)
                ? this.limits.take(message.topic(), this.options.deadline().minus(this.ticker.since(start))) : -1;
        return this.asyncSends.submit(
                new SendProgress(transport, List.of(message), start, this.ticker).inTurn(turn >= 0),
                Duration.ofNanos(Math.max(0, turn)));
    }

    List<SendReceipt> sendAll(MessageTransport transport, List<? extends ReliableMessage<?>> messages) {
        return this.observations.sendAll(messages, (observed) -> {
            List<PreparedMessage> prepared = prepareAll(transport, observed);
            Set<PreparedMessage> kept = Collections.newSetFromMap(new IdentityHashMap<>());
            try {
                kept.addAll(this.buffer.keep(transport, prepared, afterCommit(transport)));
            }
            catch (SendFailedException ex) {
                throw BulkSend.notKept(prepared, ex);
            }
            List<PreparedMessage> now = prepared.stream().filter((each) -> !kept.contains(each)).toList();
            if (now.size() + kept.size() != prepared.size()) {
                throw new IllegalStateException("It is not known which messages are kept, so none is sent now: "
                        + this.buffer.getClass().getName() + " returned others than it was given. Return those.");
            }
            return this.bulkSend.send(transport, prepared, now);
        });
    }

    private List<PreparedMessage> prepareAll(MessageTransport transport, List<SendObservation> messages) {
        long[] drawn = this.ids
            .nextIds((int) messages.stream().filter((message) -> message.message().id() == null).count());
        int next = 0;
        List<PreparedMessage> prepared = new ArrayList<>(messages.size());
        for (SendObservation message : messages) {
            Long id = message.message().id();
            prepared.add(prepare(transport, message, (id != null) ? id : drawn[next++]));
        }
        return prepared;
    }

    private PreparedMessage prepare(MessageTransport transport, SendObservation message) {
        Long id = message.message().id();
        return prepare(transport, message, (id != null) ? id : this.ids.nextId());
    }

    private PreparedMessage prepare(MessageTransport transport, SendObservation observed, long id) {
        ReliableMessage<?> message = observed.message();
        ReliableMessage<?> plain = this.addedHeaders
            .withTrace(this.priorityTopics.route(SpringMessages.unwrap(message)), observed.trace());
        String space = (message.space() != null) ? message.space() : this.ids.space();
        return this.addedHeaders.withLoggingContext(
                transport.prepare(plain, id, deliverAt(plain)).identifiedBy(space, message.id() != null));
    }

    private @Nullable Instant deliverAt(ReliableMessage<?> message) {
        return (message.delay() != null && !message.delay().isZero()) ? this.clock.instant().plus(message.delay())
                : null;
    }

    /** Lets the buffer keep a message; {@code false} if it is to be sent now. */
    private boolean keep(MessageTransport transport, PreparedMessage message, long start) {
        boolean kept = !this.buffer.keep(transport, List.of(message), afterCommit(transport)).isEmpty();
        if (kept) {
            this.meters.record(message.topic(), "outboxed", this.ticker.nanos() - start);
        }
        return kept;
    }

    private AfterCommitSender afterCommit(MessageTransport transport) {
        return new AsyncAfterCommitSender(transport, this.direct, this.asyncSends, this.limits, this.ticker);
    }

    /** Ends the asynchronous sends; returns how many were not over. */
    int close() {
        return this.asyncSends.close(this.options.drainTimeout());
    }

}

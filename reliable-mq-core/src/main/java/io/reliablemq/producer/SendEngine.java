package io.reliablemq.producer;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What all templates of an application share: ids, attempts, meters and the bound of
 * asynchronous sends.
 */
class SendEngine {

    private final MessageIdGenerator ids;

    private final SendOptions options;

    private final SendMeters meters;

    private final Clock clock;

    private final Ticker ticker;

    private final Sender sender;

    private final AsyncSends asyncSends;

    SendEngine(MessageIdGenerator ids, SendOptions options, SendRetryPolicy policy, SendMeters meters, Clock clock,
            Ticker ticker) {
        this.ids = ids;
        this.options = options;
        this.meters = meters;
        this.clock = clock;
        this.ticker = ticker;
        this.sender = new Sender(options, policy, ticker);
        this.asyncSends = new AsyncSends(options.maxInFlight(), options.deadline(), ticker);
    }

    SendReceipt send(MessageTransport transport, ReliableMessage<?> message) {
        long start = this.ticker.nanos();
        return deliver(transport, prepare(transport, message), start);
    }

    CompletableFuture<SendReceipt> sendAsync(MessageTransport transport, ReliableMessage<?> message) {
        long start = this.ticker.nanos();
        try {
            PreparedMessage prepared = prepare(transport, message);
            return this.asyncSends.submit(prepared, start, () -> deliver(transport, prepared, start));
        }
        catch (SendFailedException ex) {
            this.meters.record(message.topic(), "failed", this.ticker.nanos() - start);
            return CompletableFuture.failedFuture(ex);
        }
        catch (RuntimeException ex) {
            return CompletableFuture.failedFuture(ex);
        }
    }

    List<SendReceipt> sendAll(MessageTransport transport, List<? extends ReliableMessage<?>> messages) {
        List<PreparedMessage> prepared = prepareAll(transport, messages);
        List<SendReceipt> receipts = new ArrayList<>(prepared.size());
        for (PreparedMessage message : prepared) {
            try {
                receipts.add(deliver(transport, message, this.ticker.nanos()));
            }
            catch (SendFailedException ex) {
                long[] unsent = prepared.stream().skip(receipts.size()).mapToLong(PreparedMessage::id).toArray();
                throw new SendAllFailedException(receipts, unsent, ex);
            }
        }
        return List.copyOf(receipts);
    }

    int close() {
        return this.asyncSends.close(this.options.drainTimeout());
    }

    private PreparedMessage prepare(MessageTransport transport, ReliableMessage<?> message) {
        Long id = message.id();
        return prepare(transport, message, (id != null) ? id : this.ids.nextId());
    }

    private List<PreparedMessage> prepareAll(MessageTransport transport, List<? extends ReliableMessage<?>> messages) {
        long[] drawn = this.ids.nextIds((int) messages.stream().filter((message) -> message.id() == null).count());
        int next = 0;
        List<PreparedMessage> prepared = new ArrayList<>(messages.size());
        for (ReliableMessage<?> message : messages) {
            Long id = message.id();
            prepared.add(prepare(transport, message, (id != null) ? id : drawn[next++]));
        }
        return prepared;
    }

    private PreparedMessage prepare(MessageTransport transport, ReliableMessage<?> message, long id) {
        ReliableMessage<?> plain = SpringMessages.unwrap(message);
        return transport.prepare(plain, id, deliverAt(plain));
    }

    private @Nullable Instant deliverAt(ReliableMessage<?> message) {
        return (message.delay() != null && !message.delay().isZero()) ? this.clock.instant().plus(message.delay())
                : null;
    }

    /** Every send of a single message passes here. */
    private SendReceipt deliver(MessageTransport transport, PreparedMessage message, long start) {
        String outcome = "failed";
        String before = MDC.get(ReliableHeaders.MDC_KEY);
        MDC.put(ReliableHeaders.MDC_KEY, Long.toString(message.id()));
        try {
            SendReceipt receipt = this.sender.send(transport, message, start);
            outcome = "acknowledged";
            return receipt;
        }
        catch (SendFailedException ex) {
            outcome = ex.isUncertain() ? "uncertain" : "failed";
            throw ex;
        }
        finally {
            this.meters.record(message.topic(), outcome, this.ticker.nanos() - start);
            restore(before);
        }
    }

    private static void restore(@Nullable String before) {
        if (before != null) {
            MDC.put(ReliableHeaders.MDC_KEY, before);
        }
        else {
            MDC.remove(ReliableHeaders.MDC_KEY);
        }
    }

}

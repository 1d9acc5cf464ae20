package io.reliablemq.producer;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;

/**
 * Puts an observation around every send.
 */
final class SendObservations {

    private final ObservationRegistry registry;

    SendObservations(ObservationRegistry registry) {
        this.registry = registry;
    }

    SendReceipt send(ReliableMessage<?> message, Function<SendObservation, SendReceipt> send) {
        SendObservation observed = SendObservation.start(message, this.registry);
        SendReceipt receipt;
        try {
            receipt = observed.during(() -> send.apply(observed));
        }
        catch (RuntimeException | Error ex) {
            observed.end(null, ex);
            throw ex;
        }
        observed.end(receipt, null);
        return receipt;
    }

    /** The future is the send's own: what it fails with is not wrapped. */
    CompletableFuture<SendReceipt> sendAsync(ReliableMessage<?> message,
            Function<SendObservation, CompletableFuture<SendReceipt>> send) {
        SendObservation observed = SendObservation.start(message, this.registry);
        CompletableFuture<SendReceipt> future;
        try {
            future = observed.during(() -> send.apply(observed));
        }
        catch (RuntimeException | Error ex) {
            observed.end(null, ex);
            throw ex;
        }
        if (!observed.isNoop()) {
            CompletableFuture<SendReceipt> unused = future.whenComplete(observed::end);
        }
        return future;
    }

    List<SendReceipt> sendAll(List<? extends ReliableMessage<?>> messages,
            Function<List<SendObservation>, List<SendReceipt>> send) {
        List<SendObservation> observed = messages.stream()
            .map((message) -> SendObservation.start(message, this.registry))
            .toList();
        List<? extends @Nullable SendReceipt> receipts = List.of();
        Throwable failure = null;
        try {
            List<SendReceipt> sent = send.apply(observed);
            receipts = sent;
            return sent;
        }
        catch (SendAllFailedException ex) {
            receipts = ex.receiptsByPosition();
            failure = ex;
            throw ex;
        }
        catch (RuntimeException | Error ex) {
            failure = ex;
            throw ex;
        }
        finally {
            for (int i = 0; i < observed.size(); i++) {
                SendReceipt receipt = (i < receipts.size()) ? receipts.get(i) : null;
                observed.get(i).end(receipt, (receipt != null) ? null : failure);
            }
        }
    }

}

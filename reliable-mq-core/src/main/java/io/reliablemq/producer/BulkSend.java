package io.reliablemq.producer;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

import io.reliablemq.throttling.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * Sends a list of messages in order, neighbours together where the transport allows it,
 * one batch after another: whenever it stops, a prefix of the list has been sent and the
 * rest has not been tried.
 */
final class BulkSend {

    private final DirectSend direct;

    private final SendLimits limits;

    private final Ticker ticker;

    BulkSend(DirectSend direct, SendLimits limits, Ticker ticker) {
        this.direct = direct;
        this.limits = limits;
        this.ticker = ticker;
    }

    /**
     * Sends messages.
     * @param transport where to
     * @param all the messages, those that are kept already included
     * @param now those of them that are to be sent
     * @return the receipts of all
     */
    List<SendReceipt> send(MessageTransport transport, List<PreparedMessage> all, List<PreparedMessage> now) {
        IdentityHashMap<PreparedMessage, SendReceipt> receipts = new IdentityHashMap<>();
        int next = 0;
        int singles = 0;
        SendFailedException refused = null;
        while (next < now.size()) {
            List<PreparedMessage> unsent = now.subList(next, now.size());
            List<PreparedMessage> together = unsent.subList(0, (next < singles) ? 1 : size(transport, unsent));
            try {
                SendProgress progress = new SendProgress(transport, together, this.ticker.nanos(), this.ticker)
                    .after((next < singles) ? refused : null);
                List<SendReceipt> sent = this.direct.send(progress, unsent);
                for (int i = 0; i < sent.size(); i++) {
                    receipts.put(together.get(i), sent.get(i));
                }
                if (sent.get(0).delivery() == Delivery.OUTBOXED) {
                    break;
                }
                next += together.size();
            }
            catch (SendFailedException ex) {
                if (!DirectSend.isOfAnother(ex, together)) {
                    boolean another = next < singles && refused != null && refused.isUncertain();
                    int tried = another ? singles - next : together.size();
                    throw failure(all, unsent, receipts,
                            ex.isMaybeKept() ? unsent.size() : (ex.getAttempts() > 0) ? tried : 0, ex);
                }
                refused = ex;
                singles = next + together.size();
            }
        }
        return all.stream().map((each) -> receipt(each, receipts)).toList();
    }

    private int size(MessageTransport transport, List<PreparedMessage> messages) {
        if (messages.size() == 1) {
            return 1;
        }
        int size = transport.batchSize(messages);
        RateLimit limit = this.limits.of(messages.get(0).topic());
        return (limit != null) ? Math.min(size, limit.atOnce()) : size;
    }

    private static SendAllFailedException failure(List<PreparedMessage> all, List<PreparedMessage> unsent,
            IdentityHashMap<PreparedMessage, SendReceipt> receipts, int tried, SendFailedException cause) {
        IdentityHashMap<PreparedMessage, Boolean> missing = new IdentityHashMap<>();
        unsent.forEach((each) -> missing.put(each, Boolean.TRUE));
        List<@Nullable SendReceipt> byPosition = new ArrayList<>(all.size());
        for (PreparedMessage each : all) {
            byPosition.add(missing.containsKey(each) ? null : receipt(each, receipts));
        }
        return new SendAllFailedException(byPosition, unsent.stream().mapToLong(PreparedMessage::id).toArray(), tried,
                cause);
    }

    /** Some were to be kept instead of being sent, so that none was sent. */
    static SendAllFailedException notKept(List<PreparedMessage> all, SendFailedException cause) {
        return failure(all, all, new IdentityHashMap<>(), cause.isUncertain() ? all.size() : 0, cause);
    }

    /** What was not sent is kept. */
    private static SendReceipt receipt(PreparedMessage message,
            IdentityHashMap<PreparedMessage, SendReceipt> receipts) {
        SendReceipt receipt = receipts.get(message);
        return (receipt != null) ? receipt : DirectSend.outboxed(message, 0);
    }

}

package io.reliablemq.producer;

import java.util.List;

/**
 * One of several messages was not acknowledged. Those before it were, those after it were
 * not tried. Id, destination, attempts and certainty are those of the failed one.
 */
public class SendAllFailedException extends SendFailedException {

    private static final long serialVersionUID = 1L;

    private final transient List<SendReceipt> receipts;

    private final long[] unsentIds;

    SendAllFailedException(List<SendReceipt> receipts, long[] unsentIds, SendFailedException cause) {
        super("Of " + (receipts.size() + unsentIds.length) + " messages, the first " + receipts.size()
                + " were sent, then one failed and the rest was not tried. Send those without a receipt again, "
                + "under the ids of getUnsentIds(). " + cause.getMessage(), cause.getId(), cause.getDestination(),
                cause.getAttempts(), cause.isUncertain(), cause.isRetryable(), cause);
        this.receipts = List.copyOf(receipts);
        this.unsentIds = unsentIds.clone();
    }

    /**
     * The receipts of the messages that were sent: the first ones, in their order.
     * @return the receipts; empty after serialization
     */
    public List<SendReceipt> getReceipts() {
        return (this.receipts != null) ? this.receipts : List.of();
    }

    /**
     * The ids of the messages that have no receipt, in their order; the first is the one
     * that failed.
     * @return the ids
     */
    public long[] getUnsentIds() {
        return this.unsentIds.clone();
    }

}

package io.reliablemq.producer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Of several messages some were not acknowledged. Those before them were sent, those
 * behind them were not tried. Id and destination are those of the first one that failed;
 * attempts and certainty are those of all that were handed over together with it.
 */
public class SendAllFailedException extends SendFailedException {

    private static final long serialVersionUID = 1L;

    private final transient List<@Nullable SendReceipt> byPosition;

    private final long[] unsentIds;

    private final int tried;

    SendAllFailedException(List<@Nullable SendReceipt> byPosition, long[] unsentIds, int tried,
            SendFailedException cause) {
        super("Of " + byPosition.size() + " messages, " + (byPosition.size() - unsentIds.length)
                + " were sent before one failed" + ((tried > 1) ? " with those in its batch" : "")
                + "; the rest was not tried. Send those without a receipt again, under the ids of getUnsentIds(). "
                + cause.getMessage(), cause.getId(), cause.getDestination(), cause.getAttempts(), cause.isUncertain(),
                cause.isRetryable(), cause);
        this.byPosition = Collections.unmodifiableList(new ArrayList<>(byPosition));
        this.unsentIds = unsentIds.clone();
        this.tried = tried;
    }

    /**
     * The receipts of the messages that were sent, or stored to be sent, in their order.
     * @return the receipts; empty after serialization
     */
    public List<SendReceipt> getReceipts() {
        return (this.byPosition != null) ? this.byPosition.stream().filter(Objects::nonNull).toList() : List.of();
    }

    /** Receipts by position; {@code null} for what was not sent. */
    List<@Nullable SendReceipt> receiptsByPosition() {
        return this.byPosition;
    }

    /**
     * The ids of the messages that have no receipt, in their order; the first is one that
     * failed.
     * @return the ids
     */
    public long[] getUnsentIds() {
        return this.unsentIds.clone();
    }

    /**
     * The ids of the messages that were handed to a broker, together, without being
     * acknowledged: the first ones of {@link #getUnsentIds()}; all of these if the outbox
     * did not answer when they were to be stored. Of them {@link #isUncertain()} speaks;
     * the others are certainly not stored.
     * @return the ids; none if time ran out before the first attempt, or if they were to
     * be stored instead and certainly are not
     */
    public long[] getTriedIds() {
        return Arrays.copyOf(this.unsentIds, this.tried);
    }

}

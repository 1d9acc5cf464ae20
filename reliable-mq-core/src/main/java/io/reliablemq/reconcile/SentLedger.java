package io.reliablemq.reconcile;

import java.time.Instant;
import java.util.Collection;
import java.util.List;

import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of sent messages, in the order in which they were recorded. No method joins
 * a transaction of the caller. Each throws {@link io.reliablemq.ReliableMQException} if
 * the ledger cannot be read or written; the run then ends without proving anything.
 */
public interface SentLedger {

    /**
     * Reads a page of a window, in the order of {@link SentMessage#recordedAt} and then
     * of the ids and their spaces.
     * @param window from when to when the rows were written
     * @param after the last row of the page before; {@code null} for the first page
     * @param limit most rows to read
     * @return the rows; fewer than the limit only if there are no more. Rows with the
     * same time, id and space may count as one
     */
    List<SentMessage> page(Window window, @Nullable SentMessage after, int limit);

    /**
     * Reads what is to be sent again.
     * @param message a row
     * @return the message with its payload; {@code null} if the row is gone, or has no
     * payload
     */
    @Nullable StoredMessage load(SentMessage message);

    /**
     * Notes that messages were sent again. Rows that are gone are ignored.
     * @param messages rows of this ledger
     * @param at when
     */
    void markResent(Collection<SentMessage> messages, Instant at);

    /**
     * Since when no rows are missing: of what is older, some may be deleted already.
     * @param now the time
     * @return the oldest moment of which the ledger knows everything
     */
    Instant keptSince(Instant now);

}

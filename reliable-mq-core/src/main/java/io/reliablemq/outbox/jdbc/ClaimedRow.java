package io.reliablemq.outbox.jdbc;

import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A claimed row as it is in the table.
 *
 * @param rowId number of the row
 * @param epoch number of the claim
 * @param attempts how often it was tried before
 * @param claimEnd when the claim may end, as {@link System#nanoTime()}
 * @param stored the message, its payload not decoded; {@code null} if it cannot be read
 * @param encoding how the payload is encoded
 * @param failure why it cannot be read
 */
record ClaimedRow(long rowId, long epoch, int attempts, long claimEnd, @Nullable StoredMessage stored,
        @Nullable String encoding, @Nullable Throwable failure) {
}

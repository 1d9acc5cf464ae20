package io.reliablemq.outbox;

import java.time.Instant;

/**
 * A message that can never be sent as it is.
 *
 * @param rowId number of its row
 * @param id the message's id
 * @param cluster name of the cluster it was to go to
 * @param topic its topic
 * @param reason why it is parked
 * @param storedAt when it was stored
 */
public record ParkedMessage(long rowId, long id, String cluster, String topic, String reason, Instant storedAt) {
}

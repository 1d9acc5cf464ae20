package io.reliablemq.outbox;

import io.reliablemq.producer.PreparedMessage;

/**
 * A stored message that this instance has claimed.
 *
 * @param rowId number of its row
 * @param epoch number of the claim; what it writes is refused once a later one exists
 * @param cluster name of the cluster it goes to
 * @param message the message
 * @param attempts how often it was handed to a broker before
 * @param claimEnd when the claim may end, as {@link System#nanoTime()}
 */
public record OutboxEntry(long rowId, long epoch, String cluster, PreparedMessage message, int attempts,
        long claimEnd) {

    Destination destination() {
        return new Destination(this.cluster, this.message.topic());
    }

}

package io.reliablemq.outbox;

import java.util.List;
import java.util.Map;

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

    /** What is needed to write what came of it. */
    OutboxEntry withoutBody() {
        PreparedMessage it = this.message;
        return new OutboxEntry(
                this.rowId, this.epoch, this.cluster, new PreparedMessage(it.id(), it.uniqKey(), it.topic(), it.tag(),
                        List.of(), new byte[0], Map.of(), it.orderingKey(), it.deliverAt()),
                this.attempts, this.claimEnd);
    }

    ClusterTopic destination() {
        return new ClusterTopic(this.cluster, this.message.topic());
    }

}

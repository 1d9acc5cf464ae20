package io.reliablemq.outbox;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;

/**
 * The ledger of messages that were sent without having been stored.
 */
@FunctionalInterface
public interface DirectSends {

    /**
     * Notes a message. Must not block, and must not throw: what cannot be noted is
     * counted.
     * @param cluster name of the cluster it was sent to
     * @param message the message
     * @param stored where it is
     */
    void record(String cluster, PreparedMessage message, AttemptResult.Stored stored);

    /**
     * Notes nothing.
     * @return the ledger
     */
    static DirectSends none() {
        return (cluster, message, stored) -> {
        };
    }

}

package io.reliablemq.backlog;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * The message that a queue waits for. Its payload is not read.
 *
 * @param msgId RocketMQ's id (UNIQ_KEY)
 * @param id the library's id, {@code null} if it was not sent by it
 * @param keys its keys, separated by blanks; {@code null} if it has none
 * @param tag its tag, {@code null} if it has none
 * @param broker name of the broker
 * @param queueId number of the queue
 * @param offset its offset in the queue
 * @param storedAt when the broker stored it, by the broker's clock
 */
public record WaitingMessage(String msgId, @Nullable Long id, @Nullable String keys, @Nullable String tag,
        String broker, int queueId, long offset, Instant storedAt) {

    /**
     * Where to find it, for sentences.
     * @return its ids and its place
     */
    public String place() {
        return "message " + this.msgId + ((this.id != null) ? " (RELIABLE_ID " + this.id + ")" : "")
                + ((this.keys != null) ? ", keys " + this.keys : "") + ", at offset " + this.offset + " of queue "
                + this.queueId + " of " + this.broker;
    }

}

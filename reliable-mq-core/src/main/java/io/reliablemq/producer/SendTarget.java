package io.reliablemq.producer;

/**
 * A queue of the message's topic.
 *
 * @param broker name of its broker
 * @param queueId its number on that broker
 */
public record SendTarget(String broker, int queueId) {

    /**
     * Names the queue for messages to people.
     * @return broker and queue
     */
    @Override
    public String toString() {
        return this.broker + ", queue " + this.queueId;
    }

}

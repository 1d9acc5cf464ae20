package io.reliablemq.topic;

/**
 * The queues of a topic on one broker.
 *
 * @param broker name of the broker
 * @param read queues that consumers read
 * @param write queues that producers write
 */
public record BrokerQueues(String broker, int read, int write) {

    @Override
    public String toString() {
        return this.broker + " " + ((this.read == this.write) ? String.valueOf(this.read)
                : this.read + " to read and " + this.write + " to write");
    }

}

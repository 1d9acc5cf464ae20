package io.reliablemq.topic;

import java.util.List;

/**
 * What the brokers know of a topic.
 *
 * @param topic name of the topic
 * @param brokers its queues on each broker; empty if no broker has it
 * @param groups groups that consume it or have consumed it
 * @param notes what is unusual, or could not be read, in words
 */
public record TopicReport(String topic, List<BrokerQueues> brokers, List<String> groups, List<String> notes) {

    /**
     * Copies the lists.
     */
    public TopicReport {
        brokers = List.copyOf(brokers);
        groups = List.copyOf(groups);
        notes = List.copyOf(notes);
    }

    /**
     * How many queues can be read, over all brokers: no more consumers of a group can
     * work at a time.
     * @return the sum
     */
    public int readQueues() {
        return this.brokers.stream().mapToInt(BrokerQueues::read).sum();
    }

}

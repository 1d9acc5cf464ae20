package io.reliablemq.topic;

import java.util.List;

/**
 * What a change of a topic's number of queues did.
 *
 * @param topic name of the topic
 * @param queues the number per broker that was asked for
 * @param outcome how it ended
 * @param before the brokers' queues when it began
 * @param after the brokers' queues when it ended, as far as they could be read
 * @param steps what was done, in order, in words
 * @param warnings what to know or to do, in words
 */
public record ResizeReport(String topic, int queues, ResizeOutcome outcome, List<BrokerQueues> before,
        List<BrokerQueues> after, List<String> steps, List<String> warnings) {

    /**
     * Copies the lists.
     */
    public ResizeReport {
        before = List.copyOf(before);
        after = List.copyOf(after);
        steps = List.copyOf(steps);
        warnings = List.copyOf(warnings);
    }

}

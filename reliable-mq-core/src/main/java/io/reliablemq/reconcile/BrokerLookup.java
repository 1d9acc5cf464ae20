package io.reliablemq.reconcile;

import java.util.List;
import java.util.OptionalLong;

/**
 * Questions to the brokers, asked only about messages that a group has no record of. Each
 * method throws {@link io.reliablemq.ReliableMQException} if a broker that may know did
 * not answer: the message is then {@link Verdict#UNKNOWN}. No answer is taken for "no".
 */
public interface BrokerLookup {

    /**
     * The lookup at a cluster. One that knows a single cluster answers itself and must
     * not be asked about others.
     * @param cluster name of a cluster, as messages and registrations carry it
     * @return the lookup there
     */
    default BrokerLookup at(String cluster) {
        return this;
    }

    /**
     * The oldest offset that a queue still has.
     * @param topic the topic
     * @param queue a position in the queue
     * @return the queue's first offset
     */
    long minOffset(String topic, QueuePosition queue);

    /**
     * Looks up the positions that the ledger knows.
     * @param topic the topic
     * @param messages messages with a position, all in one queue, in the order of their
     * offsets
     * @return for each whether it is there, by its ids
     */
    boolean[] areStored(String topic, List<SentMessage> messages);

    /**
     * Takes note of where messages were sent, before anything is asked: a broker that has
     * had some of a topic may have others and their copies, also when it is down.
     * @param messages rows of a ledger
     */
    default void note(List<SentMessage> messages) {
    }

    /**
     * Searches the brokers' index, which lags behind the log by some milliseconds. An
     * empty answer means that every broker that can have a copy was asked and has
     * answered.
     * @param topic the topic, also {@code %RETRY%} or {@code %DLQ%} with a group
     * @param message the message, known by its UNIQ_KEY
     * @return where copies of it are; empty if no broker has one or the topic does not
     * exist
     * @throws io.reliablemq.ReliableMQException if a broker that may have one is down or
     * did not answer
     */
    List<QueuePosition> find(String topic, SentMessage message);

    /**
     * Up to where a group has acknowledged a queue.
     * @param group consumer group
     * @param topic the topic
     * @param queue a position in the queue
     * @return the first offset that is not acknowledged; empty if the group has none
     */
    OptionalLong committed(String group, String topic, QueuePosition queue);

    /**
     * Whether a copy that was deferred under overload waits for its time at a broker,
     * where it is not in the group's retry topic yet.
     * @param group consumer group
     * @param message the message, known by its UNIQ_KEY
     * @return whether one waits
     */
    boolean isDeferred(String group, SentMessage message);

    /**
     * The topic with copies that come again.
     * @param group consumer group
     * @return its name
     */
    String retryTopic(String group);

    /**
     * The topic with copies that the broker or a listener parked.
     * @param group consumer group
     * @return its name
     */
    String deadLetterTopic(String group);

}

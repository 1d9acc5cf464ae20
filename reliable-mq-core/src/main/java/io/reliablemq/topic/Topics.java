package io.reliablemq.topic;

import java.util.List;
import java.util.Set;

import io.reliablemq.ReliableMQException;

/**
 * Looks at topics and changes their number of queues without a loss. Asks over the
 * application's own connections, with its access rights. Safe for concurrent use; changes
 * run one at a time in this instance. Two instances that change one topic to the same
 * number at the same time do no harm.
 */
public interface Topics {

    /**
     * What this application declares.
     * @return the declarations, in the order of their names
     */
    List<TopicDeclaration> declared();

    /**
     * The topics that this application declares or consumes.
     * @return their names, sorted
     */
    Set<String> known();

    /**
     * Looks at a topic.
     * @param topic its name
     * @return what the brokers know of it
     * @throws ReliableMQException if neither name server nor brokers can be asked
     */
    TopicReport describe(String topic);

    /**
     * Compares a topic with its declaration.
     * @param declaration what is expected
     * @return the differences, in words; empty if there is none
     * @throws ReliableMQException if neither name server nor brokers can be asked
     */
    List<String> differences(TopicDeclaration declaration);

    /**
     * Creates a topic where no broker of its cluster has it. One that exists is left as
     * it is, whatever its values.
     * @param declaration what to create
     * @return what was done, in words; empty if the topic exists
     * @throws ReliableMQException if a broker cannot be told
     */
    List<String> create(TopicDeclaration declaration);

    /**
     * Changes the number of queues on every broker that has the topic. Takes up to the
     * request's patience, and its time to settle where queues go. Every step can be
     * repeated: where it ends early, in whatever way, the same request completes it, and
     * no message is lost in between.
     * @param request what to change
     * @return what was done
     * @throws ReliableMQException if the thread is interrupted
     */
    ResizeReport resize(ResizeRequest request);

}

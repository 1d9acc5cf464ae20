package io.reliablemq.trace;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.reliablemq.Internal;

/**
 * What the brokers know of messages, by their index. The index is written a moment after
 * the message, and goes with it.
 */
@Internal
public interface BrokerIndex {

    /**
     * The consumer groups of this application.
     * @return their names
     */
    Set<String> groups();

    /**
     * Looks for copies in the topics in use and in the retry and dead-letter topics of
     * this application's groups.
     * @param topics more topics to look at
     * @param keys KEYS or UNIQ_KEYs, any of which a copy has
     * @param unreadable where to note what could not be asked, and why
     * @return the copies, oldest first
     */
    List<BrokerCopy> find(Collection<String> topics, Collection<String> keys, Map<String, String> unreadable);

}

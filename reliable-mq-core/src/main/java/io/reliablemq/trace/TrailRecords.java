package io.reliablemq.trace;

import java.util.Collection;
import java.util.List;

import io.reliablemq.Internal;
import io.reliablemq.ReliableMQException;

/**
 * What a database knows of messages. Reads only, in no transaction of the caller's.
 */
@Internal
public interface TrailRecords {

    /**
     * Outbox and ledger.
     * @param messageIds {@code RELIABLE_ID}s
     * @return rows, oldest first
     * @throws ReliableMQException if the database cannot be asked
     */
    List<Sending> sent(Collection<Long> messageIds);

    /**
     * Records, attempts and dead letters.
     * @param groups consumer groups of interest; those that the database knows besides
     * are looked up too
     * @param messageIds {@code RELIABLE_ID}s
     * @param identities identities that a group may know the message by
     * @return one entry per group and identity
     * @throws ReliableMQException if the database cannot be asked
     */
    List<GroupTrail> groups(Collection<String> groups, Collection<Long> messageIds, Collection<String> identities);

    /**
     * For applications without a database.
     * @return knows nothing
     */
    static TrailRecords none() {
        return new TrailRecords() {

            @Override
            public List<Sending> sent(Collection<Long> messageIds) {
                return List.of();
            }

            @Override
            public List<GroupTrail> groups(Collection<String> groups, Collection<Long> messageIds,
                    Collection<String> identities) {
                return List.of();
            }

        };
    }

}

package io.reliablemq.reconcile;

import java.util.Collection;
import java.util.List;

/**
 * Where guarded consumer groups make themselves known to reconciliation and to other
 * applications. Each method throws {@link io.reliablemq.ReliableMQException} if the
 * directory cannot be read or written.
 */
public interface GroupDirectory {

    /**
     * Registers groups, or notes that they are still there. Safe to call by several
     * instances at once, which see what each other has written. The directory's clock
     * tells the times; those given here are ignored. What is kept of a group that is
     * there already is what {@link GroupSubscription#renewed} returns, of a new one
     * {@link GroupSubscription#registeredAt}.
     * @param groups the groups of this application
     */
    void register(Collection<GroupSubscription> groups);

    /**
     * Reads all groups.
     * @return one per group and topic
     */
    List<GroupSubscription> groups();

}

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
     * instances at once. The directory's clock decides
     * {@link GroupSubscription#expectedFrom} (the first registration, or the first with
     * another subscription) and {@link GroupSubscription#lastSeen}; the values given here
     * are ignored.
     * @param groups the groups of this application
     */
    void register(Collection<GroupSubscription> groups);

    /**
     * Reads all groups.
     * @return one per group and topic
     */
    List<GroupSubscription> groups();

}

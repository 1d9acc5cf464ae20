package io.reliablemq.reconcile;

import java.util.List;
import java.util.Map;

/**
 * The consuming side: which groups there are and what they have recorded; of one service,
 * which may be another one. Each method throws {@link io.reliablemq.ReliableMQException}
 * if the answer is not known: then nothing of these groups is compensated and the window
 * is not proven.
 */
public interface ConsumptionRecords {

    /**
     * The groups that register here, whatever they subscribe to.
     * @return one per group and topic
     */
    List<GroupSubscription> subscriptions();

    /**
     * What a group has recorded about messages. Records, dead letters and failed attempts
     * count; a claim whose lease is over does not.
     * @param group consumer group
     * @param ids {@code RELIABLE_ID}s, growing, each once
     * @return the states of those that have one
     */
    Map<Long, ConsumptionState> find(String group, long[] ids);

}

package io.reliablemq.reconcile;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.MessageId;

/**
 * The records of the consumer groups of one service, which may be another one. Each
 * method throws {@link io.reliablemq.ReliableMQException} if the answer is not known:
 * then nothing of these groups is compensated and the window is not proven.
 */
public interface ConsumptionRecords {

    /**
     * The groups that register here, whatever they subscribe to.
     * @return one per group and topic
     */
    List<GroupSubscription> subscriptions();

    /**
     * What a group has recorded about messages by their ids alone, of whatever id space:
     * the most that is recorded about any of them. A store that cannot look them up so
     * answers for messages without a space only. Records, dead letters and failed
     * attempts count; a claim whose lease is over does not.
     * @param group consumer group
     * @param ids {@code RELIABLE_ID}s, growing, each once
     * @return the states of those that have one
     */
    Map<Long, ConsumptionState> find(String group, long[] ids);

    /**
     * What a group has recorded about messages, each known by id and id space. Unless
     * overridden this answers for messages without a space only, and for others that the
     * answer is not known.
     * @param group consumer group
     * @param messages what identifies them, each once
     * @return the states of those that have one
     */
    default Map<MessageId, ConsumptionState> find(String group, Collection<MessageId> messages) {
        if (messages.stream().anyMatch((message) -> message.space() != null)) {
            throw new ReliableMQException("The records of consumer group '" + group + "' (" + getClass().getName()
                    + ") do not tell id spaces apart: let it override find(String, Collection).");
        }
        Map<MessageId, ConsumptionState> states = new HashMap<>();
        find(group, messages.stream().mapToLong(MessageId::id).sorted().toArray())
            .forEach((id, state) -> states.put(new MessageId(id, null), state));
        return states;
    }

    /**
     * Puts together what is known about ids.
     * @param states by id and space
     * @return by id alone
     */
    static Map<Long, ConsumptionState> ofAnySpace(Map<MessageId, ConsumptionState> states) {
        Map<Long, ConsumptionState> byId = new HashMap<>();
        states.forEach((message, state) -> byId.merge(message.id(), state, ConsumptionState::or));
        return byId;
    }

    /**
     * Answers for messages without an id space by {@link #find(String, Collection)}.
     * @param records where to look
     * @param group consumer group
     * @param ids {@code RELIABLE_ID}s
     * @return the states of those that have one
     */
    static Map<Long, ConsumptionState> findWithoutSpace(ConsumptionRecords records, String group, long[] ids) {
        Map<Long, ConsumptionState> states = new HashMap<>();
        records.find(group, Arrays.stream(ids).mapToObj((id) -> new MessageId(id, null)).toList())
            .forEach((message, state) -> states.put(message.id(), state));
        return states;
    }

}

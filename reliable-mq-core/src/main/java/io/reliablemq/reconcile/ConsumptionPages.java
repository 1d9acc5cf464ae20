package io.reliablemq.reconcile;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import io.reliablemq.Internal;
import io.reliablemq.message.MessageId;

/**
 * Records that can be read in the order of the ids, for other applications.
 */
@Internal
public interface ConsumptionPages extends ConsumptionRecords {

    /**
     * Reads a page.
     * @param group consumer group
     * @param first smallest id
     * @param last greatest id
     * @param limit most records to read
     * @return what is recorded from the smallest id on
     */
    Page page(String group, long first, long last, int limit);

    /**
     * Part of a group's records.
     *
     * @param states of messages without an id space, by message id
     * @param spaces of the others, by space and message id
     * @param through all ids up to this one are answered, of all spaces
     */
    record Page(SortedMap<Long, ConsumptionState> states, Map<String, SortedMap<Long, ConsumptionState>> spaces,
            long through) {

        /**
         * Makes the maps unmodifiable.
         */
        public Page {
            states = Collections.unmodifiableSortedMap(states);
            spaces = Collections.unmodifiableMap(spaces);
        }

        /**
         * A page about messages without an id space.
         * @param states as above
         * @param through as above
         */
        public Page(SortedMap<Long, ConsumptionState> states, long through) {
            this(states, Map.of(), through);
        }

        /**
         * Sorts states by their spaces.
         * @param states the states
         * @param through as above
         * @return the page
         */
        public static Page of(Map<MessageId, ConsumptionState> states, long through) {
            SortedMap<Long, ConsumptionState> without = new TreeMap<>();
            Map<String, SortedMap<Long, ConsumptionState>> spaces = new TreeMap<>();
            states.forEach((message, state) -> {
                String space = message.space();
                ((space != null) ? spaces.computeIfAbsent(space, (it) -> new TreeMap<>()) : without).put(message.id(),
                        state);
            });
            return new Page(without, spaces, through);
        }

    }

}

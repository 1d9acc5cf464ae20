package io.reliablemq.reconcile;

import java.util.Collections;
import java.util.SortedMap;

/**
 * Records that can be read in the order of the ids, for other applications.
 */
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
     * @param states by message id
     * @param through all ids up to this one are answered
     */
    record Page(SortedMap<Long, ConsumptionState> states, long through) {

        /**
         * Makes the map unmodifiable.
         */
        public Page {
            states = Collections.unmodifiableSortedMap(states);
        }

    }

}

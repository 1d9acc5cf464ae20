package io.reliablemq.deadletter;

import java.util.Map;

/**
 * What a replay did.
 *
 * @param sent copies that the broker has confirmed
 * @param skipped letters that needed none: being replayed or processed already, resolved,
 * discarded, or gone
 * @param failed letters of which no copy was confirmed, with the reason; they are PARKED
 * again
 * @param complete whether all letters asked for were looked at; {@code false} after
 * several failures in a row, or an interruption
 */
public record ReplayReport(int sent, int skipped, Map<Long, String> failed, boolean complete) {

    /**
     * Copies the map.
     */
    public ReplayReport {
        failed = Map.copyOf(failed);
    }

}

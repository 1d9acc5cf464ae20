package io.reliablemq.reconcile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.reliablemq.Internal;

/**
 * Parts ids where they lie so far from each other that reading what is in between would
 * be a waste: ids chosen by an application lie anywhere, generated ones by their time.
 */
@Internal
public final class IdRanges {

    /** An hour between two generated ids. */
    private static final long GAP = 3_600_000L << 22;

    private IdRanges() {
    }

    /**
     * Parts ids.
     * @param ids growing ids
     * @return the same ids in the same order, no part empty
     */
    public static List<long[]> of(long[] ids) {
        List<long[]> ranges = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= ids.length; i++) {
            if (i == ids.length || ids[i] - ids[i - 1] > GAP || ids[i] - ids[i - 1] < 0) {
                ranges.add(Arrays.copyOfRange(ids, from, i));
                from = i;
            }
        }
        return ranges;
    }

}

package io.reliablemq.concurrency;

/**
 * Between how many threads a listener may be moved.
 *
 * @param min fewest
 * @param max most
 */
public record ThreadRange(int min, int max) {

    /**
     * Checks the order.
     */
    public ThreadRange {
        if (min < 1 || max < min) {
            throw new IllegalArgumentException("Not a range of threads: " + min + " to " + max);
        }
    }

    int clamp(int threads) {
        return Math.max(this.min, Math.min(this.max, threads));
    }

}

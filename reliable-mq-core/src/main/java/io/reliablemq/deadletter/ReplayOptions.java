package io.reliablemq.deadletter;

import org.jspecify.annotations.Nullable;

/**
 * How to replay.
 *
 * @param limit at most so many letters, first parked first
 * @param perSecond at most so many copies per second
 * @param by who wants it; {@code null} if that is not known
 */
public record ReplayOptions(int limit, double perSecond, @Nullable String by) {

    /** So many letters unless another number is given. */
    public static final int DEFAULT_LIMIT = 100;

    /** So many copies per second unless another number is given. */
    public static final double DEFAULT_PER_SECOND = 50;

    /**
     * Checks the values.
     * @throws IllegalArgumentException if one is not above zero
     */
    public ReplayOptions {
        if (limit < 1 || !(perSecond > 0)) {
            throw new IllegalArgumentException(
                    "limit is " + limit + " and perSecond is " + perSecond + ": both must be above zero.");
        }
    }

    /**
     * 100 letters, 50 per second.
     * @return the defaults
     */
    public static ReplayOptions defaults() {
        return new ReplayOptions(DEFAULT_LIMIT, DEFAULT_PER_SECOND, null);
    }

    /**
     * Another number of letters.
     * @param letters at most so many
     * @return these options with that limit
     */
    public ReplayOptions withLimit(int letters) {
        return new ReplayOptions(letters, this.perSecond, this.by);
    }

    /**
     * Another rate.
     * @param copies at most so many per second
     * @return these options with that rate
     */
    public ReplayOptions withPerSecond(double copies) {
        return new ReplayOptions(this.limit, copies, this.by);
    }

    /**
     * Somebody to be named in the letters.
     * @param who who wants it
     * @return these options with that name
     */
    public ReplayOptions withBy(@Nullable String who) {
        return new ReplayOptions(this.limit, this.perSecond, who);
    }

}

package io.reliablemq.throttling;

import java.time.Duration;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.reliablemq.InvalidConfigurationException;

/**
 * Lets so many pass per second, spread over the second. It hands out turns and never
 * waits itself. Safe for concurrent use.
 */
public final class RateLimit {

    /** Slowest rate: a turn every ten seconds. */
    public static final double SLOWEST = 0.1;

    private static final double CYCLES_PER_SECOND = 10;

    private static final Duration LONGEST_QUEUE = Duration.ofDays(1);

    private final double perSecond;

    private final int atOnce;

    private final RateLimiter limiter;

    private RateLimit(String name, double perSecond) {
        this.perSecond = perSecond;
        this.atOnce = (int) Math.max(1, Math.round(perSecond / CYCLES_PER_SECOND));
        this.limiter = RateLimiter.of(name,
                RateLimiterConfig.custom()
                    .limitForPeriod(this.atOnce)
                    .limitRefreshPeriod(Duration.ofNanos((long) (this.atOnce * 1e9 / perSecond)))
                    .timeoutDuration(LONGEST_QUEUE)
                    .build());
    }

    /**
     * Creates a limit.
     * @param property the property that asks for it, for messages
     * @param perSecond how many may pass per second, at least {@value #SLOWEST}
     * @return the limit
     * @throws InvalidConfigurationException if the rate cannot be used
     */
    public static RateLimit perSecond(String property, double perSecond) {
        if (!(perSecond >= SLOWEST) || perSecond > Integer.MAX_VALUE) {
            throw new InvalidConfigurationException(property + " is " + perSecond + ".",
                    "Set it to messages per second, at least " + SLOWEST + "; leave it out for no limit.");
        }
        return new RateLimit(property, perSecond);
    }

    /**
     * Takes turns that follow each other.
     * @param turns how many
     * @return nanoseconds to wait for the last of them, 0 for none
     */
    public long take(int turns) {
        return this.limiter.reservePermission(turns);
    }

    /**
     * Takes turns unless they come too late, or might.
     * @param turns how many
     * @param longest longest time to wait
     * @return nanoseconds to wait; negative if nothing was taken
     */
    public long take(int turns, Duration longest) {
        int missing = turns - this.limiter.getMetrics().getAvailablePermissions();
        // As if the present cycle had just begun: a turn that is taken is not wasted.
        double cycles = Math.ceil((double) missing / this.atOnce);
        return (cycles * this.atOnce / this.perSecond * 1e9 > longest.toNanos()) ? -1 : take(turns);
    }

    /**
     * Its rate.
     * @return turns per second
     */
    public double perSecond() {
        return this.perSecond;
    }

    /**
     * How many turns come together; the next ones follow a tenth of a second later, or as
     * soon as the rate allows.
     * @return turns, at least 1
     */
    public int atOnce() {
        return this.atOnce;
    }

}

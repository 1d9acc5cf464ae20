package io.reliablemq.listener;

import java.time.Duration;

import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;

/**
 * How many messages a listener works on at a time, and how many wait for it in memory.
 * What is {@code null} is left to the listener's own container, or to the defaults.
 *
 * @param maxThreads most threads that it can be given while it runs
 * @param pulling what is held in memory
 * @param adaptive whether the number of threads follows the load
 * @param asyncInFlight most messages of an {@link AsyncListener}, or on virtual threads,
 * that are under way at once
 * @param virtualThreads whether each message is processed on a virtual thread
 */
@Internal
public record ListenerConcurrency(@Nullable Integer maxThreads, Pulling pulling, Adaptive adaptive,
        @Nullable Integer asyncInFlight, boolean virtualThreads) {

    /** RocketMQ takes 1000, and one more is needed than may ever run. */
    public static final int MOST_THREADS = 999;

    /** Unless set otherwise. */
    private static final int MAX_THREADS = 64;

    private static final int IN_FLIGHT = 256;

    /**
     * Sets nothing.
     * @return a value without settings
     */
    public static ListenerConcurrency none() {
        return new ListenerConcurrency(null, new Pulling(null, null, null, null, null), new Adaptive(false, null, null),
                null, false);
    }

    /**
     * The most threads that the listener can be given.
     * @param threads what it starts with
     * @return the ceiling
     */
    public int ceiling(int threads) {
        Integer set = explicitCeiling();
        return Math.min(MOST_THREADS, (set != null) ? set : Math.max(threads, MAX_THREADS));
    }

    /**
     * The ceiling that somebody wrote down.
     * @return the most threads, {@code null} if nobody did
     */
    public @Nullable Integer explicitCeiling() {
        return (this.maxThreads != null) ? this.maxThreads : this.adaptive.enabled() ? this.adaptive.maxThreads : null;
    }

    /**
     * Most messages under way at once.
     * @return the number, from 1
     */
    public int inFlight() {
        return (this.asyncInFlight != null) ? this.asyncInFlight : IN_FLIGHT;
    }

    /**
     * What is held in memory.
     *
     * @param prefetch messages per queue
     * @param prefetchMegabytes mebibytes per queue
     * @param pullBatch messages asked for at once
     * @param pullInterval wait between two pulls of a queue
     * @param concurrentSpan offsets between the oldest and the newest message of a queue
     */
    public record Pulling(@Nullable Integer prefetch, @Nullable Integer prefetchMegabytes, @Nullable Integer pullBatch,
            @Nullable Duration pullInterval, @Nullable Integer concurrentSpan) {
    }

    /**
     * Whether the number of threads follows the load.
     *
     * @param enabled whether it does
     * @param minThreads fewest threads, 1 if not set
     * @param maxThreads most threads, the ceiling if not set
     */
    public record Adaptive(boolean enabled, @Nullable Integer minThreads, @Nullable Integer maxThreads) {
    }

}

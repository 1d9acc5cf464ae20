package io.reliablemq.backlog;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The knobs of a listener's container that can be turned while it runs. As a change,
 * {@code null} leaves a knob as it is.
 *
 * @param threads consuming threads, 1 to the ceiling that was set at the start
 * @param prefetch messages held in memory per queue before pulling rests
 * ({@code pullThresholdForQueue})
 * @param prefetchMegabytes mebibytes held in memory per queue before pulling rests
 * ({@code pullThresholdSizeForQueue})
 * @param pullBatch messages asked for at once ({@code pullBatchSize}); the broker gives
 * at most 32 unless configured otherwise
 * @param pullInterval wait between two pulls of one queue ({@code pullInterval})
 * @param concurrentSpan offsets between the oldest unfinished and the newest message of a
 * queue before pulling rests ({@code consumeConcurrentlyMaxSpan}); of no effect in
 * ordered listeners
 */
public record ListenerTuning(@Nullable Integer threads, @Nullable Integer prefetch, @Nullable Integer prefetchMegabytes,
        @Nullable Integer pullBatch, @Nullable Duration pullInterval, @Nullable Integer concurrentSpan) {

    /**
     * Changes nothing.
     * @return a tuning without a value
     */
    public static ListenerTuning none() {
        return new ListenerTuning(null, null, null, null, null, null);
    }

    /**
     * The same with another number of threads.
     * @param threads consuming threads
     * @return a copy
     */
    public ListenerTuning withThreads(int threads) {
        return new ListenerTuning(threads, this.prefetch, this.prefetchMegabytes, this.pullBatch, this.pullInterval,
                this.concurrentSpan);
    }

}

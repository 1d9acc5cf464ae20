package io.reliablemq.concurrency;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * The knobs of a listener's container that can be turned while it runs. As a change,
 * {@code null} leaves a knob as it is.
 *
 * @param threads consuming threads, 1 to the ceiling that was set at the start
 * @param prefetch messages held in memory per queue before pulling rests, 1 to 65535
 * ({@code pullThresholdForQueue})
 * @param prefetchMegabytes mebibytes held in memory per queue before pulling rests, 1 to
 * 1024 ({@code pullThresholdSizeForQueue})
 * @param pullBatch messages asked for at once, 1 to 1024 ({@code pullBatchSize}); the
 * broker gives at most 32 unless configured otherwise
 * @param pullInterval wait between two pulls of one queue, 0 to 65 s
 * ({@code pullInterval})
 * @param concurrentSpan offsets between the oldest unfinished and the newest message of a
 * queue before pulling rests, 1 to 65535 ({@code consumeConcurrentlyMaxSpan}); of no
 * effect in ordered listeners
 */
public record ListenerTuning(@Nullable Integer threads, @Nullable Integer prefetch, @Nullable Integer prefetchMegabytes,
        @Nullable Integer pullBatch, @Nullable Duration pullInterval, @Nullable Integer concurrentSpan) {

    private static final int MOST = 65535;

    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(65);

    /**
     * Checks the values against what RocketMQ takes.
     * @throws InvalidConfigurationException if one is outside
     */
    public ListenerTuning {
        check("threads", threads, 1000);
        check("prefetch", prefetch, MOST);
        check("prefetchMegabytes", prefetchMegabytes, 1024);
        check("pullBatch", pullBatch, 1024);
        check("concurrentSpan", concurrentSpan, MOST);
        if (pullInterval != null && (pullInterval.isNegative() || pullInterval.compareTo(LONGEST_INTERVAL) > 0)) {
            throw new InvalidConfigurationException("pullInterval is " + pullInterval + ".",
                    "Set it to a duration from 0ms to 65s.");
        }
    }

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

    private static void check(String knob, @Nullable Integer value, int most) {
        if (value != null && (value < 1 || value > most)) {
            throw new InvalidConfigurationException(knob + " is " + value + ".",
                    "Set it to a number from 1 to " + most + ".");
        }
    }

}

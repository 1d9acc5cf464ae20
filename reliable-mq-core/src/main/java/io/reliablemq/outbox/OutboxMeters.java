package io.reliablemq.outbox;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;

/**
 * The meters of the outbox. Counting is a query, so it is done now and then on a thread
 * of the relay and not by whoever looks.
 */
final class OutboxMeters {

    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(10);

    private static final long PART_OF_THE_TIME = 20;

    private final OutboxStore store;

    private final Counter refused;

    private volatile OutboxStatistics statistics = new OutboxStatistics(0, 0, 0, Duration.ZERO);

    private long next = System.nanoTime();

    OutboxMeters(OutboxStore store, MeterRegistry registry) {
        this.store = store;
        Gauge.builder("reliable.mq.outbox.pending", this, (meters) -> meters.statistics.pending())
            .description("Stored messages that are not sent yet")
            .register(registry);
        Gauge.builder("reliable.mq.outbox.parked", this, (meters) -> meters.statistics.parked())
            .description("Stored messages that can never be sent as they are")
            .register(registry);
        TimeGauge
            .builder("reliable.mq.outbox.oldest.age", this, TimeUnit.MILLISECONDS,
                    (meters) -> meters.statistics.oldestPending().toMillis())
            .description("Age of the oldest stored message that is not sent yet")
            .register(registry);
        this.refused = Counter.builder("reliable.mq.outbox.stale")
            .description("Claims that had run out before what came of them could be written")
            .register(registry);
    }

    /** Counts if it is time to. The longer that takes, the more rarely it is done. */
    void refresh() {
        long begin = System.nanoTime();
        if (begin - this.next >= 0) {
            this.next = begin + INTERVAL;
            this.statistics = this.store.statistics();
            long end = System.nanoTime();
            this.next = end + Math.max(INTERVAL, PART_OF_THE_TIME * (end - begin));
        }
    }

    void refused(int count) {
        this.refused.increment(count);
    }

}

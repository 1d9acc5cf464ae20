package io.reliablemq.benchmarks.memory;

import java.time.Clock;
import java.time.Duration;

import io.reliablemq.id.SnowflakeIdGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Ids drawn one by one. The format has 4,096 per millisecond, and none is drawn ahead of
 * the clock, so nothing can be faster than that.
 */
@State(Scope.Benchmark)
public class IdBenchmark {

    /** Ids per second that the format has. */
    static final double LIMIT = 4_096_000;

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(1, Clock.systemUTC(), Duration.ofMillis(10));

    @Benchmark
    public long nextId() {
        return this.ids.nextId();
    }

}

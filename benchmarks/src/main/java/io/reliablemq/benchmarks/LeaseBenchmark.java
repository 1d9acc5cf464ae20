package io.reliablemq.benchmarks;

import java.util.Locale;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.benchmarks.report.Measure;

/**
 * Listeners that do nothing, so that only the claims and completions of LEASE mode are
 * left.
 */
final class LeaseBenchmark {

    static final String TOPIC = "bench-no-op";

    private static final String BARE = "no guard";

    private static final String BARE_BATCH = "no guard, consumeMessageBatchMaxSize = 32";

    private static final String HAND_WRITTEN = "hand-written SET NX PX, work, SET";

    private static final String ONE = "LEASE";

    private static final String BATCH = "LEASE, batch = 32";

    private static final String DEFERRED = "LEASE, deferred completion";

    private final BenchmarkServers servers;

    private final Scale scale;

    LeaseBenchmark(BenchmarkServers servers, Scale scale) {
        this.servers = servers;
        this.scale = scale;
    }

    /** How many messages the topic needs. */
    static int topicSize(Scale scale) {
        return scale.of(240_000, 2_000);
    }

    Comparison redisAgainstBare() {
        int messages = topicSize(this.scale);
        return new Comparison("lease-redis-bare", "listener that does nothing, Redis, 20 threads", "msg/s", BARE,
                () -> this.servers.consume(MeasuredApplication.plain(PlainListeners.NoOp.class), null, TOPIC, messages))
            .baseline(BARE_BATCH,
                    () -> this.servers.consume(MeasuredApplication.plain(PlainListeners.NoOpInBatches.class), null,
                            TOPIC, messages))
            .contestant(BATCH, () -> this.servers.consume(redis(32), null, TOPIC, messages))
            .goal(Goals.atLeast("lease-redis-32", "LEASE, Redis, batch = 32, no-op", "bare no-op listener, batch 1",
                    BATCH, BARE, 0.65))
            .goal(Goals.stated("lease-redis-32-bare-32", "LEASE, Redis, batch = 32, no-op, msg/s",
                    "bare no-op listener, batch 32", Measure.RATE, BATCH, BARE_BATCH))
            .goal(Goals.stated("lease-redis-bytes", "bytes allocated per message, LEASE, Redis, batch = 32",
                    "bare no-op listener", Measure.BYTES, BATCH, BARE));
    }

    Comparison redisAgainstHandWritten() {
        int messages = this.scale.of(60_000, 1_000);
        return new Comparison("lease-redis", "listener that does nothing, Redis, one by one, 20 threads", "msg/s",
                HAND_WRITTEN,
                () -> this.servers.consume(MeasuredApplication.plain(PlainListeners.HandWritten.class), null, TOPIC,
                        messages))
            .contestant(ONE, () -> this.servers.consume(redis(1), null, TOPIC, messages))
            .contestant(DEFERRED,
                    () -> this.servers.consume(redis(1).set("reliable-mq.idempotency.deferred-completion", true), null,
                            TOPIC, messages))
            .goal(Goals.atLeast("lease-redis-deferred", "LEASE, Redis, batch = 1, deferred completion, no-op",
                    HAND_WRITTEN, DEFERRED, HAND_WRITTEN, 1.3))
            .goal(Goals.atLeast("lease-redis-1", "LEASE, Redis, batch = 1, no-op", HAND_WRITTEN, ONE, HAND_WRITTEN,
                    0.95));
    }

    Comparison jdbc(String name, HikariDataSource database) {
        String id = "lease-" + name.toLowerCase(Locale.ROOT);
        return new Comparison(id, "listener that does nothing, " + name + ", 20 threads", "msg/s", ONE,
                () -> this.servers.consume(jdbc(1), database, TOPIC, this.scale.of(6_000, 1_000)))
            .contestant(BATCH, () -> this.servers.consume(jdbc(32), database, TOPIC, this.scale.of(40_000, 1_000)))
            .goal(Goals.atLeast(id + "-32", "LEASE, " + name + ", batch = 32, no-op", "batch = 1", BATCH, ONE, 8));
    }

    private static MeasuredApplication redis(int batch) {
        return MeasuredApplication.guarded(GuardedListeners.NoOp.class, "redis", "lease", batch);
    }

    private static MeasuredApplication jdbc(int batch) {
        return MeasuredApplication.guarded(GuardedListeners.NoOp.class, "jdbc", "lease", batch);
    }

}

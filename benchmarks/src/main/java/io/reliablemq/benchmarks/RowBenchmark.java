package io.reliablemq.benchmarks;

import java.util.Locale;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.benchmarks.report.Sample;

/**
 * Listeners that write one row, on a durable database: with plain {@code @Transactional}
 * and no idempotency, and guarded in the same transaction.
 */
final class RowBenchmark {

    static final String TOPIC = "bench-rows";

    private static final String PLAIN = "plain `@Transactional`, no idempotency";

    private static final String ONE = "TRANSACTIONAL";

    private static final String BATCH = "TRANSACTIONAL, batch = 32";

    private static final String SAVEPOINTS = "TRANSACTIONAL, batch = 32, savepoints";

    private static final String JDBC_BATCH = "TRANSACTIONAL, `BatchListener` with a JDBC batch of 32";

    private final BenchmarkServers servers;

    private final String name;

    private final HikariDataSource database;

    private final EffectTable effects;

    private final Scale scale;

    RowBenchmark(BenchmarkServers servers, String name, HikariDataSource database, Scale scale) {
        this.servers = servers;
        this.name = name;
        this.database = database;
        this.effects = new EffectTable(database);
        this.scale = scale;
    }

    /** How many messages the topic needs: a turn of a few seconds for the fastest. */
    static int topicSize(Scale scale) {
        return scale.of(60_000, 500);
    }

    Comparison comparison() {
        String id = "row-" + this.name.toLowerCase(Locale.ROOT);
        String against = "`@Transactional`, same row, no idempotency";
        return new Comparison(id, "listener that writes one row, " + this.name + ", 20 threads", "msg/s", PLAIN,
                () -> run(MeasuredApplication.plain(PlainListeners.OneRow.class), 12_000))
            .contestant(ONE, () -> run(guarded(GuardedListeners.OneRow.class, 1), 12_000))
            .contestant(BATCH, () -> run(guarded(GuardedListeners.OneRow.class, 32), 30_000))
            .contestant(SAVEPOINTS,
                    () -> run(guarded(GuardedListeners.OneRow.class, 32).listener("savepoints", true), 30_000))
            .contestant(JDBC_BATCH, () -> run(guarded(GuardedListeners.JdbcBatch.class, 32), 60_000))
            .goal(Goals.atLeast(id + "-1", "TRANSACTIONAL, batch = 1, one row, " + this.name, against, ONE, PLAIN,
                    0.75))
            .goal(Goals.atLeast(id + "-32", "TRANSACTIONAL, batch = 32, one-message listener, " + this.name, against,
                    BATCH, PLAIN, 2.5))
            .goal(Goals.atLeast(id + "-jdbc-batch", "TRANSACTIONAL, `BatchListener` with JDBC batch, " + this.name,
                    against, JDBC_BATCH, PLAIN, 6))
            .goal(Goals.stated(id + "-bytes", "bytes allocated per message, one row, " + this.name, against,
                    Measure.BYTES, ONE, PLAIN));
    }

    private static MeasuredApplication guarded(Class<?> listener, int batch) {
        return MeasuredApplication.guarded(listener, "jdbc", "transactional", batch);
    }

    private Sample run(MeasuredApplication application, int atFullScale) throws Exception {
        int messages = this.scale.of(atFullScale, topicSize(this.scale));
        return this.effects.counting(messages, () -> this.servers.consume(application, this.database, TOPIC, messages));
    }

}

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

    private static final String JDBC_BATCH = "TRANSACTIONAL, `BatchListener` with a JDBC batch of 32";

    private final BenchmarkServers servers;

    private final String name;

    private final HikariDataSource database;

    private final EffectTable effects;

    private final int messages;

    RowBenchmark(BenchmarkServers servers, String name, HikariDataSource database, int messages) {
        this.servers = servers;
        this.name = name;
        this.database = database;
        this.effects = new EffectTable(database);
        this.messages = messages;
    }

    Comparison comparison() {
        String id = "row-" + this.name.toLowerCase(Locale.ROOT);
        String against = "`@Transactional`, same row, no idempotency";
        return new Comparison(id, "listener that writes one row, " + this.name + ", 20 threads", "msg/s", PLAIN,
                () -> run(MeasuredApplication.plain(PlainListeners.OneRow.class)))
            .contestant(ONE, () -> run(guarded(GuardedListeners.OneRow.class, 1)))
            .contestant(BATCH, () -> run(guarded(GuardedListeners.OneRow.class, 32)))
            .contestant(JDBC_BATCH, () -> run(guarded(GuardedListeners.JdbcBatch.class, 32)))
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

    private Sample run(MeasuredApplication application) throws Exception {
        return this.effects.counting(this.messages,
                () -> this.servers.consume(application, this.database, TOPIC, this.messages));
    }

}

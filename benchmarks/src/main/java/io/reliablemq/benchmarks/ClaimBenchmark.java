package io.reliablemq.benchmarks;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.benchmarks.report.Goal;
import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.benchmarks.report.Sample;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Claims in an inbox of millions of records against claims in an empty one, in one
 * database: the two have tables of their own.
 */
final class ClaimBenchmark implements AutoCloseable {

    private static final String GROUP = "points";

    private static final String EMPTY = "empty inbox";

    private static final String FULL = "inbox with records";

    private static final int THREADS = 8;

    private static final Duration LEASE = Duration.ofMinutes(1);

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofMillis(10));

    private final HikariDataSource dataSource;

    private final JdbcTemplate jdbc;

    private final TransactionTemplate transaction;

    private final JdbcIdempotencyStore few;

    private final JdbcIdempotencyStore many;

    private final int records;

    private final int claims;

    ClaimBenchmark(HikariDataSource dataSource, int records, int claims) {
        this.dataSource = dataSource;
        this.jdbc = new JdbcTemplate(dataSource);
        this.transaction = new TransactionTemplate(new DataSourceTransactionManager(dataSource));
        this.records = records;
        this.claims = claims;
        this.few = store("few_");
        this.many = store("many_");
        fill();
    }

    private JdbcIdempotencyStore store(String prefix) {
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, new Tables(prefix));
        new JdbcSchema(database).create();
        return new JdbcIdempotencyStore(database, this.dataSource, Duration.ofSeconds(5), Clock.systemUTC());
    }

    /** With the ids of the past, one per millisecond, so that they sort like time. */
    private void fill() {
        List<String> indexes = this.jdbc.queryForList(
                "SELECT indexdef FROM pg_indexes WHERE tablename = 'many_inbox'" + " AND indexname NOT LIKE '%pkey'",
                String.class);
        this.jdbc
            .queryForList("SELECT indexname FROM pg_indexes WHERE tablename = 'many_inbox'"
                    + " AND indexname NOT LIKE '%pkey'", String.class)
            .forEach((name) -> this.jdbc.execute("DROP INDEX " + name));
        long end = Clock.systemUTC().millis() - Duration.ofHours(1).toMillis();
        long begin = end - this.records;
        String id = "((" + begin + " + n - 1704067200000) << 22)";
        this.jdbc.update("INSERT INTO many_inbox (consumer_group, identity, message_id, status, token, lease_until,"
                + " created_at) SELECT '" + GROUP + "', lpad(to_hex(" + id + "), 16, '0'), " + id + ", 'DONE', " + begin
                + " + n, 0, " + begin + " + n FROM generate_series(1::bigint, " + this.records + ") AS n");
        indexes.forEach(this.jdbc::execute);
        this.jdbc.execute("VACUUM ANALYZE many_inbox");
        this.jdbc.execute("CHECKPOINT");
    }

    Comparison leases() {
        return comparison("claim-lease", "claim, each its own commit", (store, key) -> store.claim(key, LEASE));
    }

    Comparison transactions() {
        return comparison("claim-transactional", "claim in a transaction, and its commit", (store, key) -> Objects
            .requireNonNull(this.transaction.execute((status) -> store.claimInTransaction(key))));
    }

    private Comparison comparison(String id, String title, Claiming claiming) {
        String what = String.format(Locale.ROOT, "%,d", this.records) + " records, ids in time order";
        return new Comparison(id, title + ", PostgreSQL, " + THREADS + " threads", "claims/s", EMPTY, () -> {
            this.jdbc.execute("TRUNCATE TABLE few_inbox");
            return sample(this.few, claiming);
        }).contestant(FULL, () -> sample(this.many, claiming))
            .goal(new Goal(id, title + ", " + what, EMPTY, Goal.Check.RATIO_AT_MOST, Measure.MEAN, FULL, EMPTY, 1.3));
    }

    private Sample sample(JdbcIdempotencyStore store, Claiming claiming) throws Exception {
        Sample sample = Parallel.sample(THREADS, this.claims, () -> {
            Claim claim = claiming.claim(store, RecordKey.ofMessageId(GROUP, this.ids.nextId()));
            if (!(claim instanceof Claim.Acquired)) {
                throw new IllegalStateException("A new message was refused: " + claim);
            }
        });
        return sample.with(Measure.MEAN, THREADS * 1000.0 / Objects.requireNonNull(sample.values().get(Measure.RATE)));
    }

    @Override
    public void close() {
        this.few.close();
        this.many.close();
        this.jdbc.execute("DROP TABLE many_inbox");
    }

    /** One of the two ways to claim. */
    @FunctionalInterface
    private interface Claiming {

        Claim claim(JdbcIdempotencyStore store, RecordKey key);

    }

}

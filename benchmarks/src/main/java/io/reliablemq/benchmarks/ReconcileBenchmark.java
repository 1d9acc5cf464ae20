package io.reliablemq.benchmarks;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.reconcile.BrokerLookup;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.GroupSources;
import io.reliablemq.reconcile.QueuePosition;
import io.reliablemq.reconcile.ReconcileOptions;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.SentMessage;
import io.reliablemq.reconcile.Window;
import io.reliablemq.reconcile.jdbc.JdbcConsumptionRecords;
import io.reliablemq.reconcile.jdbc.JdbcReconcileRuns;
import io.reliablemq.reconcile.jdbc.JdbcSentLedger;
import io.reliablemq.test.servers.PostgresServer;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * How long it takes to compare a million sent messages with the records of a group, in
 * PostgreSQL. A thousand have no record; the broker is not asked for real, since it is
 * asked about these only.
 */
final class ReconcileBenchmark {

    private static final int MESSAGES = 1_000_000;

    private static final int LOST = 1_000;

    private ReconcileBenchmark() {
    }

    static void run(int rounds) {
        try (HikariDataSource dataSource = PostgresServer.durable().dataSource()) {
            JdbcDatabase database = JdbcDatabase.detect(dataSource, Tables.defaults());
            new JdbcSchema(database).create();
            long end = System.currentTimeMillis() - Duration.ofHours(1).toMillis();
            fill(new JdbcTemplate(dataSource), end);
            AtomicLong ids = new AtomicLong();
            Duration retention = Duration.ofDays(7);
            Reconciler reconciler = new Reconciler(
                    List.of(JdbcSentLedger.outbox(database, PayloadCodec.plain(), retention)),
                    new GroupSources(new JdbcConsumptionRecords(database), Map.of()), new Acknowledged(),
                    (message, group) -> {
                    }, new JdbcReconcileRuns(database, ids::incrementAndGet), ReconcileOptions.defaults(), () -> {
                    }, ids::incrementAndGet, new SimpleMeterRegistry(), Clock.systemUTC());
            Window window = new Window(Instant.ofEpochMilli(end - MESSAGES), Instant.ofEpochMilli(end));
            for (int round = 1; round <= rounds; round++) {
                long start = System.nanoTime();
                GroupReport report = reconciler.run(window).groups().get(0);
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.printf("reconcile: %,d messages, %s, in %.1f s: %,.0f messages/s%n", report.examined(),
                        report.counts(), seconds, report.examined() / seconds);
                if (report.examined() != MESSAGES || report.lost() != LOST) {
                    throw new IllegalStateException("Not all were compared: " + report);
                }
            }
        }
    }

    /** A message per millisecond, with the ids that would be drawn then. */
    private static void fill(JdbcTemplate jdbc, long end) {
        long begin = end - MESSAGES;
        String id = "((" + begin + " + n - 1704067200000) << 22)";
        jdbc.update("INSERT INTO reliable_mq_outbox (row_id, message_id, cluster, topic, tag, headers, payload, status,"
                + " due_at, created_at, sent_at, uniq_key, broker_name, queue_id, queue_offset)" + " SELECT n, " + id
                + ", 'default', 'orders', 'created', 'RELIABLE_ID=' || " + id
                + ", decode(repeat('ab', 512), 'hex'), 'SENT', 0, " + begin + " + n, " + begin
                + " + n, 'AC1100020001' || lpad(n::text, 20, '0'), 'broker-a', n % 8, n / 8"
                + " FROM generate_series(0::bigint, " + (MESSAGES - 1) + ") AS n");
        jdbc.update("INSERT INTO reliable_mq_inbox (consumer_group, identity, message_id, status, token, lease_until,"
                + " created_at) SELECT 'points', lpad(to_hex(" + id + "), 16, '0'), " + id + ", 'DONE', 1, 0, " + begin
                + " + n FROM generate_series(0::bigint, " + (MESSAGES - 1) + ") AS n WHERE n % " + (MESSAGES / LOST)
                + " <> 7");
        jdbc.update("INSERT INTO reliable_mq_group (cluster, consumer_group, topic, subscription, filter_type,"
                + " message_model, consume_mode, expected_from, last_seen, retention)"
                + " VALUES ('default', 'points', 'orders', '*', 'TAG', 'CLUSTERING', 'CONCURRENTLY', 0, 0, "
                + Duration.ofDays(7).toMillis() + ")");
        jdbc.execute("VACUUM ANALYZE");
    }

    /** Has every message, and the group has acknowledged all. */
    private static final class Acknowledged implements BrokerLookup {

        @Override
        public long minOffset(String topic, QueuePosition queue) {
            return 0;
        }

        @Override
        public boolean[] areStored(String topic, List<SentMessage> messages) {
            boolean[] stored = new boolean[messages.size()];
            Arrays.fill(stored, true);
            return stored;
        }

        @Override
        public List<QueuePosition> find(String topic, SentMessage message) {
            return List.of();
        }

        @Override
        public OptionalLong committed(String group, String topic, QueuePosition queue) {
            return OptionalLong.of(Long.MAX_VALUE);
        }

        @Override
        public boolean isDeferred(String group, SentMessage message) {
            return false;
        }

        @Override
        public String retryTopic(String group) {
            return "%RETRY%" + group;
        }

        @Override
        public String deadLetterTopic(String group) {
            return "%DLQ%" + group;
        }

    }

}

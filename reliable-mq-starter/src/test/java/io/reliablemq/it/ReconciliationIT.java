package io.reliablemq.it;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.ReconcileReport;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import io.reliablemq.test.servers.RedisServers;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Losses are planted among many messages that were really sent and consumed, next to
 * messages that only look lost: the reconciler names the losses, each with the right
 * verdict, and nothing else; it makes up for them, and then there is nothing to find.
 */
@Timeout(600)
class ReconciliationIT {

    private static final Logger logger = LoggerFactory.getLogger(ReconciliationIT.class);

    private static final int NEITHER_RECORD_NOR_EFFECT = 70;

    private static final int ACKNOWLEDGED_ONLY = 40;

    private static final int NEVER_SENT = 27;

    private static final int FEW = 30;

    static final int LOSSES = NEITHER_RECORD_NOR_EFFECT + ACKNOWLEDGED_ONLY + NEVER_SENT;

    @Test
    void findsExactlyWhatIsLost() throws Exception {
        findsExactlyWhatIsLost(Guarding.TRANSACTIONAL_ON_MARIADB, 3000);
    }

    @Test
    @Tag("faults")
    void findsExactlyWhatIsLostAmongMany() throws Exception {
        findsExactlyWhatIsLost(Guarding.TRANSACTIONAL_ON_POSTGRESQL, 100_000);
    }

    private void findsExactlyWhatIsLost(Guarding guarding, int messages) throws Exception {
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.reconcile.grace", "2s")
                .with("reliable-mq.reconcile.dry-run", "false")
                .with("reliable-mq.reconcile.rate", "2000")
                .with("reliable-mq.reconcile.examples", "1000")
                .with("spring.datasource.hikari.maximum-pool-size", "24");
            Instant begin = Instant.now();
            RunningApplication application = scenario.start("one", BusyListener.class);
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            DefaultMQProducer producer = application.bean(RocketMQTemplate.class).getProducer();
            SentLedgerRows ledger = new SentLedgerRows(scenario.database(), scenario.topic());

            List<String> keys = Sending.keys(messages);
            List<StoredMessage> sent = ledger.send(producer, keys);
            logger.info("{} messages sent after {}", messages, Duration.between(begin, Instant.now()));
            await("consumed").atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> scenario.effects().total() == messages);
            scenario.waitUntilDrained();
            logger.info("consumed after {}", Duration.between(begin, Instant.now()));

            Planted planted = plant(scenario, jdbc, ledger, sent);
            waitForGrace(application);
            Reconciler reconciler = application.bean(Reconciler.class);
            Window window = new Window(begin.minusSeconds(1), Instant.now().plusSeconds(1));

            GroupReport dry = group(scenario, reconciler.run(window, 0, 1, reconciler.options().withDryRun(true)));
            assertThat(dry.resent()).isZero();
            assertThat(idsOf(dry)).isEqualTo(planted.ids());
            assertThat(dry.count(Verdict.OK)).isEqualTo(messages - NEITHER_RECORD_NOR_EFFECT - ACKNOWLEDGED_ONLY);

            Instant run = Instant.now();
            GroupReport report = group(scenario, reconciler.run(window));
            logger.info("{} in {}: {}", report.examined(), Duration.between(run, Instant.now()), report);
            assertThat(report.failure()).isNull();
            assertThat(idsOf(report)).isEqualTo(planted.ids());
            assertThat(report.resent()).isEqualTo(LOSSES);

            assertThat(group(scenario, reconciler.run(window)).resent()).as("still young").isZero();
            Scenario.waitFor("made up for", () -> scenario.effects().total() == messages + NEVER_SENT);
            scenario.waitUntilDrained();
            waitForGrace(application);
            GroupReport second = group(scenario, reconciler.run(window));
            assertThat(second.counts()).isEqualTo(Map.of(Verdict.OK, (long) messages + NEVER_SENT));
            assertThat(second.resent()).isZero();
            assertThat(second.provenUpTo()).isAfter(begin);
            assertThat(scenario.effects().doubled()).isZero();
            assertThat(scenario.effects().distinct()).isEqualTo(messages + NEVER_SENT);
        }
    }

    @Test
    void findsItsOwnGroupWithRecordsInRedis() throws Exception {
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            scenario.with("reliable-mq.idempotency.store", "auto")
                .withListener("idempotency.store", "redis")
                .with("reliable-mq.reconcile.grace", "100ms");
            Instant begin = Instant.now();
            RunningApplication application = scenario.start("one", EffectListener.class);
            List<StoredMessage> sent = new SentLedgerRows(scenario.database(), scenario.topic())
                .send(application.bean(RocketMQTemplate.class).getProducer(), Sending.keys(FEW));
            Scenario.waitFor("consumed", () -> scenario.effects().total() == FEW);
            scenario.waitUntilDrained();
            long lost = sent.get(FEW / 2).id();
            RedisKeys.delete(RedisServers.shared().port(), scenario.keyPrefix(), scenario.group(), List.of(lost));
            waitForGrace(application);
            GroupReport report = group(scenario, application.bean(Reconciler.class)
                .run(new Window(begin.minusSeconds(1), Instant.now().plusSeconds(1))));
            assertThat(report.failure()).isNull();
            assertThat(report.counts()).isEqualTo(Map.of(Verdict.OK, FEW - 1L, Verdict.ACKED_NO_EFFECT, 1L));
            assertThat(report.examples()).containsEntry(Verdict.ACKED_NO_EFFECT, List.of(lost));
        }
    }

    private static Planted plant(Scenario scenario, JdbcTemplate jdbc, SentLedgerRows ledger,
            List<StoredMessage> sent) {
        int step = sent.size() / (NEITHER_RECORD_NOR_EFFECT + ACKNOWLEDGED_ONLY);
        Map<Verdict, Set<Long>> ids = new TreeMap<>();
        for (int i = 0; i < NEITHER_RECORD_NOR_EFFECT + ACKNOWLEDGED_ONLY; i++) {
            StoredMessage lost = sent.get(i * step);
            jdbc.update("DELETE FROM effects WHERE message_key = ?", new String(lost.payload()));
            assertThat(jdbc.update("DELETE FROM reliable_mq_inbox WHERE message_id = ?", lost.id())).isOne();
            ids.computeIfAbsent(Verdict.ACKED_NO_EFFECT, (verdict) -> new TreeSet<>()).add(lost.id());
        }
        for (int i = 0; i < NEVER_SENT; i++) {
            StoredMessage lost = ledger.message("never-" + i, null, null);
            // Where another message is, and where none is.
            ledger.insertUnsent(lost, "SENT", brokerName(jdbc), i % Scenario.QUEUES, (i % 2 == 0) ? 5 : 10_000_000 + i);
            ids.computeIfAbsent(Verdict.SENT_LOST, (verdict) -> new TreeSet<>()).add(lost.id());
        }
        return new Planted(ids);
    }

    private static String brokerName(JdbcTemplate jdbc) {
        return jdbc.queryForObject("SELECT MIN(broker_name) FROM reliable_mq_outbox", String.class);
    }

    private static Map<Verdict, Set<Long>> idsOf(GroupReport report) {
        return report.examples()
            .entrySet()
            .stream()
            .collect(Collectors.toMap(Map.Entry::getKey, (entry) -> new TreeSet<>(entry.getValue()), (a, b) -> a,
                    TreeMap::new));
    }

    /** Nothing is young any more. */
    private static void waitForGrace(RunningApplication application) {
        Instant young = Instant.now();
        Duration grace = application.bean(Reconciler.class).options().grace().plusMillis(50);
        Scenario.waitFor("grace", () -> Instant.now().isAfter(young.plus(grace)));
    }

    private static GroupReport group(Scenario scenario, ReconcileReport report) {
        return report.group(scenario.group()).orElseThrow();
    }

    /** What was planted, by verdict. */
    private record Planted(Map<Verdict, Set<Long>> ids) {
    }

}

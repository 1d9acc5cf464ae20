package io.reliablemq.it;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages without a record of their effect that are not lost: none is sent again.
 */
@Tag("faults")
@Timeout(300)
class LookAlikesIT {

    private final Map<Verdict, Set<Long>> expected = new EnumMap<>(Verdict.class);

    @Test
    void areNotSentAgain() throws Exception {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.with("reliable-mq.reconcile.grace", "2s")
                .with("reliable-mq.reconcile.dry-run", "false")
                .with("effects.tags", "created || paid")
                .withListener("retry.not-retryable", IllegalArgumentException.class.getName())
                .withListener("retry.backoff", "1h");
            Instant begin = Instant.now().minusSeconds(1);
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            RunningApplication application = scenario.start("one", BusyListener.class, LookAlikesIT::handle);
            DefaultMQProducer producer = application.bean(RocketMQTemplate.class).getProducer();
            SentLedgerRows ledger = new SentLedgerRows(scenario.database(), scenario.topic());

            for (int i = 0; i < 5; i++) {
                send(Verdict.OK, ledger, producer, "plain-" + i, "created", null);
                send(Verdict.IN_RETRY, ledger, producer, "fail-" + i, "created", null);
                send(Verdict.IN_DEAD_LETTER, ledger, producer, "park-" + i, "paid", null);
                send(Verdict.PENDING, ledger, producer, "later-" + i, "paid", Instant.now().plusSeconds(3600));
                send(Verdict.NOT_EXPECTED, ledger, producer, "other-" + i, "cancelled", null);
                send(Verdict.NOT_EXPECTED, ledger, producer, "none-" + i, null, null);
                long dropped = send(Verdict.DROPPED, ledger, producer, "dropped-" + i, "paid", null);
                Scenario.waitFor("effect", () -> mark(jdbc, dropped, "DROPPED") == 1);
                StoredMessage parked = ledger.message("unsent-" + i, "paid", null);
                ledger.insertUnsent(parked, "PARKED", null, 0, 0);
                expect(Verdict.NOT_SENT, parked.id());
                StoredMessage discarded = ledger.message("discarded-" + i, "paid", null);
                ledger.insertUnsent(discarded, "DISCARDED", null, 0, 0);
                expect(Verdict.DISCARDED, discarded.id());
            }
            long due = send(Verdict.OK, ledger, producer, "due", "paid", Instant.now().plusSeconds(2));
            Scenario.waitFor("all tried", () -> count(jdbc, "attempt") == 5
                    && scenario.broker().messageCount(scenario.deadLetterTopic()) + count(jdbc, "dead_letter") >= 5
                    && scenario.effects().of("due") == 1);
            assertThat(due).isPositive();
            // A group that comes later than all of these.
            scenario.withoutListener().with("effects.group", scenario.group() + "-late");
            scenario.start("late", BusyListener.class);
            // A young broker delivers them all the same; a grown one would not.
            String late = "inbox WHERE consumer_group = '" + scenario.group() + "-late'";
            Scenario.waitFor("late", () -> count(jdbc, late) == 21);
            assertThat(jdbc.update("DELETE FROM reliable_mq_" + late)).isEqualTo(21);
            scenario.with("effects.group", scenario.group());
            application.close();

            RunningApplication sender = scenario.start("sender", EffectsApplication.class);
            DefaultMQProducer other = sender.bean(RocketMQTemplate.class).getProducer();
            for (int i = 0; i < 5; i++) {
                send(Verdict.STORED_UNCONSUMED, ledger, other, "backlog-" + i, "created", null);
            }
            Reconciler reconciler = sender.bean(Reconciler.class);
            Instant young = Instant.now();
            Scenario.waitFor("grace", () -> Instant.now().isAfter(young.plusMillis(2100)));

            GroupReport report = reconciler.run(new Window(begin, Instant.now())).group(scenario.group()).orElseThrow();
            assertThat(report.failure()).isNull();
            this.expected.forEach((verdict, ids) -> {
                assertThat(report.count(verdict)).as(verdict.name()).isEqualTo(ids.size());
                if (verdict != Verdict.OK) {
                    assertThat(report.examples().get(verdict)).as(verdict.name())
                        .containsExactlyInAnyOrderElementsOf(ids);
                }
            });
            assertThat(report.counts()).containsOnlyKeys(this.expected.keySet());
            assertThat(report.resent()).isZero();
            GroupReport born = reconciler.run(new Window(begin, Instant.now()))
                .group(scenario.group() + "-late")
                .orElseThrow();
            assertThat(born.lost()).isZero();
            assertThat(born.count(Verdict.NOT_EXPECTED)).isEqualTo(31);
            GroupReport old = reconciler.run(new Window(begin.minus(Duration.ofDays(8)), Instant.now()))
                .group(scenario.group())
                .orElseThrow();
            assertThat(old.counts()).containsOnlyKeys(Verdict.UNKNOWN);
            assertThat(old.failure()).contains("may be deleted already");
            assertThat(count(jdbc, "outbox WHERE resends > 0")).isZero();
            assertThat(scenario.broker().messages(scenario.retryTopic()))
                .allMatch((copy) -> new String(copy.getBody()).startsWith("fail"));
        }
    }

    private static void handle(String key, Runnable effect) {
        if (key.startsWith("fail")) {
            throw new IllegalStateException("fails");
        }
        if (key.startsWith("park")) {
            throw new IllegalArgumentException("not to be retried");
        }
        effect.run();
    }

    private long send(Verdict verdict, SentLedgerRows ledger, DefaultMQProducer producer, String payload, String tag,
            Instant deliverAt) throws Exception {
        StoredMessage message = ledger.message(payload, tag, deliverAt);
        ledger.sendOne(producer, message);
        return expect(verdict, message.id());
    }

    private long expect(Verdict verdict, long id) {
        this.expected.computeIfAbsent(verdict, (it) -> new TreeSet<>()).add(id);
        return id;
    }

    private static int mark(JdbcTemplate jdbc, long id, String status) {
        return jdbc.update("UPDATE reliable_mq_inbox SET status = ? WHERE message_id = ?", status, id);
    }

    private static int count(JdbcTemplate jdbc, String rows) {
        List<Integer> count = jdbc.queryForList("SELECT COUNT(*) FROM reliable_mq_" + rows, Integer.class);
        return count.get(0);
    }

}

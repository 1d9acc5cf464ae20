package io.reliablemq.it;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the template sends in all its ways is found in the ledger, and what is lost of it
 * reaches concurrent and ordered groups again.
 */
@Tag("faults")
@Timeout(300)
class SentAgainIT {

    private static final int OF_EACH_KIND = 20;

    @ParameterizedTest
    @ValueSource(classes = { EffectListener.class, OrderedEffectListener.class })
    void reachesItsGroup(Class<?> listener) {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.with("reliable-mq.reconcile.grace", "1s")
                .with("reliable-mq.reconcile.dry-run", "false")
                .with("reliable-mq.ledger.topics", scenario.topic());
            Instant begin = Instant.now().minusSeconds(1);
            RunningApplication application = scenario.start("one", listener);
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            List<Long> sent = send(application, scenario.topic());
            Scenario.waitFor("consumed", () -> scenario.effects().total() == sent.size());
            scenario.waitUntilDrained();
            Scenario.waitFor("noted", () -> rows(jdbc) == sent.size());
            List<Long> lost = List.of(sent.get(0), sent.get(OF_EACH_KIND), sent.get(2 * OF_EACH_KIND),
                    sent.get(3 * OF_EACH_KIND));
            for (long id : lost) {
                jdbc.update("DELETE FROM reliable_mq_inbox WHERE message_id = ?", id);
                jdbc.update("DELETE FROM effects WHERE message_key = ?", "k-" + sent.indexOf(id));
            }
            waitForGrace();

            GroupReport report = run(scenario, application, begin);
            assertThat(report.failure()).isNull();
            assertThat(report.examples().get(Verdict.ACKED_NO_EFFECT)).containsExactlyInAnyOrderElementsOf(lost);
            assertThat(report.count(Verdict.OK)).isEqualTo(sent.size() - lost.size());
            assertThat(report.resent()).isEqualTo(lost.size());

            Scenario.waitFor("made up for", () -> scenario.effects().total() == sent.size());
            waitForGrace();
            GroupReport second = run(scenario, application, begin);
            assertThat(second.counts()).isEqualTo(Map.of(Verdict.OK, (long) sent.size()));
            assertThat(scenario.effects().doubled()).isZero();
        }
    }

    /** Directly, in a batch, in a transaction, and with an ordering key. */
    private static List<Long> send(RunningApplication application, String topic) {
        ReliableMQTemplate template = application.bean(ReliableMQTemplate.class);
        TransactionTemplate transaction = new TransactionTemplate(application.bean(PlatformTransactionManager.class));
        List<Long> sent = new ArrayList<>();
        for (int i = 0; i < OF_EACH_KIND; i++) {
            sent.add(template.send(topic, "k-" + sent.size()).id());
        }
        List<ReliableMessage<?>> some = new ArrayList<>();
        for (int i = 0; i < OF_EACH_KIND; i++) {
            some.add(ReliableMessage.to(topic).payload("k-" + (OF_EACH_KIND + i)).build());
        }
        template.sendAll(some).forEach((receipt) -> sent.add(receipt.id()));
        transaction.executeWithoutResult((status) -> {
            for (int i = 0; i < OF_EACH_KIND; i++) {
                sent.add(template.send(topic, "k-" + sent.size()).id());
            }
        });
        for (int i = 0; i < OF_EACH_KIND; i++) {
            sent.add(template
                .send(ReliableMessage.to(topic).payload("k-" + sent.size()).orderingKey("c-" + i % 3).build())
                .id());
        }
        return sent;
    }

    private static GroupReport run(Scenario scenario, RunningApplication application, Instant begin) {
        return application.bean(Reconciler.class)
            .run(new Window(begin, Instant.now()))
            .group(scenario.group())
            .orElseThrow();
    }

    private static int rows(JdbcTemplate jdbc) {
        Integer rows = jdbc.queryForObject("SELECT (SELECT COUNT(*) FROM reliable_mq_outbox WHERE status = 'SENT')"
                + " + (SELECT COUNT(*) FROM reliable_mq_ledger)", Integer.class);
        return (rows != null) ? rows : 0;
    }

    private static void waitForGrace() {
        Instant young = Instant.now();
        Scenario.waitFor("grace", () -> Instant.now().isAfter(young.plusMillis(1100)));
    }

}

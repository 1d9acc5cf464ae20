package io.reliablemq.it;

import java.time.Instant;
import java.util.List;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The JVM that makes up for losses is killed in the middle of it.
 */
@Tag("faults")
@Timeout(300)
class KilledCompensationIT {

    private static final int MESSAGES = 300;

    private static final int LOSSES = 200;

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB" })
    void leavesOneEffectPerMessage(Guarding guarding) throws Exception {
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.reconcile.grace", "1s");
            RunningApplication application = scenario.start("one", EffectListener.class);
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            Effects effects = scenario.effects();
            List<String> keys = Sending.keys(MESSAGES);
            List<StoredMessage> sent = new SentLedgerRows(scenario.database(), scenario.topic())
                .send(application.bean(RocketMQTemplate.class).getProducer(), keys);
            Scenario.waitFor("consumed", () -> effects.total() == MESSAGES);
            scenario.waitUntilDrained();
            for (StoredMessage lost : sent.subList(0, LOSSES)) {
                jdbc.update("DELETE FROM effects WHERE message_key = ?", new String(lost.payload()));
                jdbc.update("DELETE FROM reliable_mq_inbox WHERE message_id = ?", lost.id());
            }

            scenario.with("reliable-mq.reconcile.dry-run", "false")
                .with("reliable-mq.reconcile.window", "1h")
                .with("reliable-mq.reconcile.interval", "1s")
                .with("reliable-mq.reconcile.rate", "40");
            ForkedApplication killed = scenario.fork("killed", EffectListener.class);
            Scenario.waitFor("some made up for", () -> effects.total() >= MESSAGES - LOSSES + 60);
            killed.kill();
            assertThat(effects.total()).isLessThan(MESSAGES);
            assertThat(count(jdbc, "SELECT COUNT(*) FROM reliable_mq_reconcile_run WHERE status = 'RUNNING'")).isOne();

            Reconciler reconciler = application.bean(Reconciler.class);
            Window window = new Window(Instant.now().minusSeconds(600), Instant.now());
            Scenario.waitFor("all made up for", () -> {
                GroupReport report = reconciler.run(window, 0, 1, reconciler.options().withDryRun(false))
                    .group(scenario.group())
                    .orElseThrow();
                assertThat(report.failure()).isNull();
                return report.count(Verdict.OK) == MESSAGES;
            });
            scenario.waitUntilDrained();
            assertThat(effects.lost(keys)).isEmpty();
            assertThat(effects.total()).isEqualTo(MESSAGES);
        }
    }

    private static int count(JdbcTemplate jdbc, String sql) {
        Integer count = jdbc.queryForObject(sql, Integer.class);
        return (count != null) ? count : 0;
    }

}

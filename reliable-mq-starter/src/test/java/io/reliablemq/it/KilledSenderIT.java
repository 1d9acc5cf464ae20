package io.reliablemq.it;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that writes and sends in transactions is killed at each point between
 * its commit and the mark of what was sent. Another instance finishes its work.
 */
@Tag("faults")
@Timeout(300)
class KilledSenderIT {

    static Stream<Arguments> points() {
        return Stream.of(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Guarding.TRANSACTIONAL_ON_MARIADB)
            .flatMap((guarding) -> Stream.of(CrashPoint.values()).map((point) -> Arguments.of(guarding, point)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("points")
    void sendsWhatWasCommittedAndNothingElse(Guarding guarding, CrashPoint point) {
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.producer.attempt-timeout", "1s").with("reliable-mq.outbox.lease", "3s");
            scenario.with("sending.crash-point", point.name());
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            jdbc.execute("CREATE TABLE orders (message_key VARCHAR(100) NOT NULL)");

            ForkedApplication sender = scenario.fork("sender", CommittingSender.class);
            sender.await(CommittingSender.REACHED);
            if (point == CrashPoint.IN_MARK) {
                Scenario.waitFor("mark", () -> isWaitingForALock(jdbc, guarding));
            }
            int unsent = pending(jdbc);
            sender.kill();
            scenario.start("other", EffectListener.class);
            assertThat(unsent).as("messages that are not marked").isPositive();
            scenario.waitUntilDrained();

            List<String> orders = jdbc.queryForList("SELECT message_key FROM orders", String.class);
            assertThat(orders).hasSizeGreaterThan(30).noneMatch((key) -> key.startsWith("ghost"));
            assertThat(scenario.effects().inOrder()).as("effects").containsExactlyInAnyOrderElementsOf(orders);
            assertThat(scenario.broker().messages(scenario.topic()))
                .extracting((message) -> new String(message.getBody(), StandardCharsets.UTF_8))
                .as("at the broker")
                .noneMatch((key) -> key.contains("ghost"));
        }
    }

    private static int pending(JdbcTemplate jdbc) {
        return jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox WHERE status = 'PENDING'", Integer.class);
    }

    private static boolean isWaitingForALock(JdbcTemplate jdbc, Guarding guarding) {
        return jdbc.queryForObject(
                (guarding == Guarding.TRANSACTIONAL_ON_POSTGRESQL)
                        ? "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND wait_event_type = 'Lock'"
                        : "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
                Integer.class) > 0;
    }

}

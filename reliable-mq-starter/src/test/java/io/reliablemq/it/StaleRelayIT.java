package io.reliablemq.it;

import java.util.List;
import java.util.Map;

import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An instance is frozen between sending and marking, for longer than its claim lasts.
 */
@Tag("faults")
@Timeout(300)
class StaleRelayIT {

    private static final int MESSAGES = 20;

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB" })
    void marksNothingThatAnotherHasTakenOver(Guarding guarding) {
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.producer.attempt-timeout", "1s").with("reliable-mq.outbox.lease", "3s");
            Gates gates = new Gates(scenario.database());
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            ForkedApplication frozen = scenario.fork("frozen", OneTransaction.class).awaitReady();
            Scenario.waitFor("sent", () -> scenario.broker().messageCount(scenario.topic()) == MESSAGES);
            frozen.freeze();
            List<Map<String, Object>> before = rows(jdbc);
            assertThat(before).hasSize(MESSAGES)
                .allSatisfy((row) -> assertThat(row).containsEntry("status", "PENDING"));

            scenario.start("other", EffectListener.class);
            Scenario.waitFor("taken over", () -> scenario.effects().outboxed() == 0);
            List<Map<String, Object>> marked = rows(jdbc);
            gates.letGoOnFrom("frozen", 1);
            frozen.thaw();
            Scenario.waitFor("refused", () -> frozen.counter("reliable.mq.outbox.stale") == MESSAGES);
            scenario.waitUntilDrained();

            assertThat(rows(jdbc)).isEqualTo(marked);
            assertThat(marked).allSatisfy((row) -> {
                assertThat(row).containsEntry("status", "SENT");
                assertThat(((Number) row.get("epoch")).longValue()).isGreaterThan(1);
            });
            assertThat(scenario.broker().messageCount(scenario.topic())).as("copies").isEqualTo(2 * MESSAGES);
            assertThat(scenario.effects().total()).isEqualTo(MESSAGES);
            assertThat(scenario.effects().doubled()).isZero();
        }
    }

    private static List<Map<String, Object>> rows(JdbcTemplate jdbc) {
        return jdbc.queryForList("SELECT row_id, status, epoch, sent_at, broker_name, queue_id, queue_offset"
                + " FROM reliable_mq_outbox ORDER BY row_id");
    }

    /**
     * Sends some messages in one transaction and waits for a word before it marks them.
     */
    @Configuration
    static class OneTransaction {

        @Bean
        static BeanPostProcessor stoppingOutbox(JdbcTemplate jdbc, Environment environment) {
            GatedStep step = new GatedStep(jdbc, environment.getRequiredProperty("effects.instance"));
            return new BeanPostProcessor() {

                @Override
                public Object postProcessAfterInitialization(Object bean, String name) {
                    return (bean instanceof OutboxStore store) ? stopping(store, step) : bean;
                }

            };
        }

        private static OutboxStore stopping(OutboxStore store, GatedStep step) {
            return new StoppingOutboxStore(store) {

                @Override
                void marking(List<OutboxOutcome> sent) {
                    step.handle("mark", () -> {
                    });
                }

            };
        }

        @Bean
        ApplicationRunner sending(ReliableMQTemplate template, PlatformTransactionManager manager,
                Environment environment) {
            String topic = environment.getRequiredProperty("effects.topic");
            return (arguments) -> new TransactionTemplate(manager)
                .executeWithoutResult((status) -> Sending.keys(MESSAGES).forEach((key) -> template.send(topic, key)));
        }

    }

}

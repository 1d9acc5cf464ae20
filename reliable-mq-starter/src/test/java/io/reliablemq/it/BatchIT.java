package io.reliablemq.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import io.reliablemq.message.ReliableMessage;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.body.CMResult;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages that are committed together, some of which fail. They are sent before the
 * consumer starts, so that it gets many at once.
 */
@Timeout(300)
class BatchIT {

    private static final int MESSAGES = 400;

    private final List<String> keys = Sending.keys(MESSAGES);

    @ParameterizedTest
    @EnumSource(
            names = { "TRANSACTIONAL_IN_BATCHES", "TRANSACTIONAL_IN_BATCHES_ON_MARIADB", "LEASE_IN_BATCHES_ON_REDIS" })
    void letsAPoisonMessageInTheMiddleCostOnlyItself(Guarding guarding) throws Exception {
        try (Scenario scenario = withTwoAttempts(guarding)) {
            sendAll(scenario);
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                if (key.equals("m-77")) {
                    throw new IllegalStateException("poison");
                }
                effect.run();
            });
            assertOnlyParked(scenario, application, "m-77");
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_IN_BATCHES", "TRANSACTIONAL_IN_BATCHES_ON_MARIADB" })
    void runsNoListenerAgainBecauseOfAPoisonMessage(Guarding guarding) throws Exception {
        Map<String, Integer> runs = new ConcurrentHashMap<>();
        try (Scenario scenario = withTwoAttempts(guarding).withListener("savepoints", "true")) {
            sendAll(scenario);
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                runs.merge(key, 1, Integer::sum);
                effect.run();
                if (key.equals("m-77")) {
                    throw new IllegalStateException("poison");
                }
            });
            assertOnlyParked(scenario, application, "m-77");
        }
        assertThat(runs.remove("m-77")).as("attempts").isEqualTo(2);
        assertThat(runs.values()).hasSize(MESSAGES - 1).containsOnly(1);
    }

    @Test
    void letsAMessageThatFailsOnlyAtTheCommitCostOnlyItself() throws Exception {
        AtomicReference<JdbcTemplate> jdbc = new AtomicReference<>();
        try (Scenario scenario = withTwoAttempts(Guarding.TRANSACTIONAL_IN_BATCHES)) {
            JdbcTemplate database = scenario.database().threadSafeJdbc();
            database.execute("CREATE TABLE unique_at_commit (k VARCHAR(100) UNIQUE DEFERRABLE INITIALLY DEFERRED)");
            database.execute("INSERT INTO unique_at_commit VALUES ('m-77')");
            jdbc.set(database);
            sendAll(scenario);
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                effect.run();
                jdbc.get().update("INSERT INTO unique_at_commit VALUES (?)", key);
            });
            jdbc.set(application.bean(JdbcTemplate.class));
            assertOnlyParked(scenario, application, "m-77");
            assertThat(database.queryForObject("SELECT COUNT(*) FROM unique_at_commit", Integer.class))
                .isEqualTo(MESSAGES);
        }
    }

    /** Each message locks an account, in an order of its own. */
    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_IN_BATCHES", "TRANSACTIONAL_IN_BATCHES_ON_MARIADB" })
    void losesNothingToDeadlocksBetweenTwoInstances(Guarding guarding) throws Exception {
        int accounts = 12;
        AtomicReference<JdbcTemplate> one = new AtomicReference<>();
        AtomicReference<JdbcTemplate> two = new AtomicReference<>();
        try (Scenario scenario = new Scenario(guarding)) {
            JdbcTemplate database = scenario.database().threadSafeJdbc();
            database.execute("CREATE TABLE account (id INT PRIMARY KEY, amount INT NOT NULL)");
            for (int id = 0; id < accounts; id++) {
                database.update("INSERT INTO account VALUES (?, 0)", id);
            }
            sendAll(scenario);
            one.set(scenario.start("one", EffectListener.class, paying(one, accounts)).bean(JdbcTemplate.class));
            two.set(scenario.start("two", EffectListener.class, paying(two, accounts)).bean(JdbcTemplate.class));
            scenario.waitUntilDrained();

            assertThat(scenario.effects().total()).isEqualTo(MESSAGES);
            assertThat(scenario.effects().lost(this.keys)).isEmpty();
            assertThat(database.queryForObject("SELECT SUM(amount) FROM account", Integer.class)).isEqualTo(MESSAGES);
            if (scenario.database().isPostgres()) {
                Scenario.waitFor("the database to tell of deadlocks", () -> deadlocks(database) > 0);
            }
        }
    }

    private static Step paying(AtomicReference<JdbcTemplate> jdbc, int accounts) {
        return (key, effect) -> {
            Scenario.waitFor("start", () -> jdbc.get() != null);
            jdbc.get()
                .update("UPDATE account SET amount = amount + 1 WHERE id = ?",
                        Math.abs(key.hashCode() * 31) % accounts);
            effect.run();
        };
    }

    private static int deadlocks(JdbcTemplate database) {
        Integer deadlocks = database
            .queryForObject("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", Integer.class);
        return (deadlocks != null) ? deadlocks : 0;
    }

    @ParameterizedTest
    @EnumSource(
            names = { "TRANSACTIONAL_IN_BATCHES", "TRANSACTIONAL_IN_BATCHES_ON_MARIADB", "LEASE_IN_BATCHES_ON_REDIS" })
    void believesWhatAListenerSaysThatTakesSeveral(Guarding guarding) throws Exception {
        try (Scenario scenario = withTwoAttempts(guarding)) {
            List<String> failing = List.of("retry-1", "park-1", "throw-1");
            sendAll(scenario);
            failing.forEach((key) -> scenario.sender().send(scenario.topic(), key));
            scenario.start("one", BatchEffectListener.class);
            Scenario.waitFor("parked",
                    () -> scenario.broker().messageCount(scenario.deadLetterTopic()) == failing.size());
            scenario.waitUntilDrained();

            assertThat(parked(scenario)).containsExactlyInAnyOrderElementsOf(failing);
            List<String> effects = new ArrayList<>(scenario.effects().inOrder());
            assertThat(scenario.database().jdbc().queryForObject("SELECT MAX(attempt) FROM effects", Integer.class))
                .as("largest list")
                .isGreaterThan(1);
            if (guarding.isTransactional()) {
                assertThat(effects).containsExactlyInAnyOrderElementsOf(this.keys);
            }
            else {
                // What threw had written its rows, and so had what answered for one.
                effects.removeIf((key) -> !key.startsWith("m-"));
                assertThat(effects).containsAll(this.keys);
            }
        }
    }

    /**
     * The copies of a message are neighbours in the only queue: two new messages in one
     * delivery have the first one's copy between them.
     */
    @ParameterizedTest
    @EnumSource(
            names = { "TRANSACTIONAL_IN_BATCHES", "TRANSACTIONAL_IN_BATCHES_ON_MARIADB", "LEASE_IN_BATCHES_ON_REDIS" })
    void hasOneEffectOfAMessageThatComesTwiceInOneDelivery(Guarding guarding) throws Exception {
        try (Scenario scenario = new Scenario(guarding, Broker.shared(), 1)) {
            var sender = scenario.sender();
            for (String key : this.keys) {
                long id = sender.send(scenario.topic(), key).id();
                sender.send(ReliableMessage.to(scenario.topic()).payload(key).id(id).build());
            }
            RunningApplication application = scenario.start("one", EffectListener.class);
            scenario.waitUntilDrained();

            Effects effects = scenario.effects();
            effects.requireBatches(guarding);
            assertThat(effects.inOrder()).containsExactlyInAnyOrderElementsOf(this.keys);
            assertThat(application.deliveries("processed")).isEqualTo(MESSAGES);
            assertThat(application.deliveries("duplicate")).isGreaterThanOrEqualTo(MESSAGES);
        }
    }

    /** A resend by a dashboard, which has only this one message. */
    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_IN_BATCHES", "LEASE_IN_BATCHES_ON_REDIS" })
    @SuppressWarnings("deprecation")
    void sendsNothingBackThatADashboardResends(Guarding guarding) throws Exception {
        AtomicBoolean failing = new AtomicBoolean();
        try (Scenario scenario = new Scenario(guarding)) {
            sendAll(scenario);
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                if (failing.get()) {
                    throw new IllegalStateException("poison");
                }
                effect.run();
            });
            scenario.waitUntilDrained();
            long delayed = scenario.broker().messageCount("SCHEDULE_TOPIC_XXXX");
            MessageExt message = scenario.broker().messages(scenario.topic()).get(0);
            // As one that has not been processed yet.
            MessageAccessor.putProperty(message, "RELIABLE_ID", "7");
            failing.set(true);

            CMResult result = application.bean(DefaultRocketMQListenerContainer.class)
                .getConsumer()
                .getDefaultMQPushConsumerImpl()
                .getmQClientFactory()
                .consumeMessageDirectly(message, scenario.group(), message.getBrokerName())
                .getConsumeResult();

            assertThat(result).isEqualTo(CMResult.CR_LATER);
            assertThat(application.deliveries("failed")).isOne();
            assertThat(scenario.broker().messageCount("SCHEDULE_TOPIC_XXXX")).as("copies for later").isEqualTo(delayed);
            assertThat(scenario.broker().messageCount(scenario.retryTopic())).as("copies").isZero();
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isZero();
        }
    }

    private static Scenario withTwoAttempts(Guarding guarding) {
        return new Scenario(guarding).with("reliable-mq.dead-letter.storage", "broker")
            .withListener("retry.max-attempts", "2")
            .withListener("retry.backoff", "1s");
    }

    private void sendAll(Scenario scenario) throws Exception {
        var sender = scenario.sender();
        Sending.inParallel(this.keys, (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));
    }

    private void assertOnlyParked(Scenario scenario, RunningApplication application, String poison) {
        Scenario.waitFor("parked", () -> scenario.broker().messageCount(scenario.deadLetterTopic()) == 1);
        scenario.waitUntilDrained();

        List<String> others = new ArrayList<>(this.keys);
        others.remove(poison);
        assertThat(scenario.effects().inOrder()).containsExactlyInAnyOrderElementsOf(others);
        assertThat(parked(scenario)).containsExactly(poison);
        assertThat(application.deliveries("failed")).isOne();
        assertThat(application.deliveries("processed")).isEqualTo(MESSAGES - 1);
        assertThat(application.deliveries("duplicate")).isZero();
    }

    private static List<String> parked(Scenario scenario) {
        return scenario.broker()
            .messages(scenario.deadLetterTopic())
            .stream()
            .map(MessageExt::getBody)
            .map((body) -> new String(body, java.nio.charset.StandardCharsets.UTF_8))
            .toList();
    }

}

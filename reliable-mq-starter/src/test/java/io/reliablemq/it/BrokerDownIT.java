package io.reliablemq.it;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.Delivery;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two instances send steadily in interleaved transactions, each message with one of ten
 * ordering keys, while the broker is down for a minute.
 */
@Tag("faults")
@Timeout(600)
class BrokerDownIT {

    private static final int KEYS = 10;

    private static final int EACH = 1000;

    private static final long DOWN_SECONDS = 60;

    private final AtomicInteger left = new AtomicInteger(KEYS * EACH);

    static Stream<Arguments> rounds() {
        return Chaos.isThorough()
                ? Chaos.rounds(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Guarding.TRANSACTIONAL_ON_MARIADB)
                : Chaos.rounds(Guarding.TRANSACTIONAL_ON_POSTGRESQL);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("rounds")
    void keepsOrderAndLosesNothing(Guarding guarding, long seed) throws Exception {
        try (EmbeddedRocketMQBroker broker = Broker.start();
                Scenario scenario = new Scenario(guarding, broker, Scenario.QUEUES)) {
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            jdbc.execute("CREATE TABLE counters (counter_key VARCHAR(10) PRIMARY KEY, n INT NOT NULL)");
            IntStream.range(0, KEYS)
                .forEach((key) -> jdbc.update("INSERT INTO counters (counter_key, n) VALUES (?, 0)", "k" + key));
            List<RunningApplication> instances = List.of(scenario.start("one", OrderedEffectListener.class),
                    scenario.start("two", OrderedEffectListener.class));
            CompletableFuture<?> sending = CompletableFuture.allOf(IntStream.range(0, 4)
                .mapToObj((thread) -> send(instances.get(thread % 2), scenario.topic(), new Random(seed + thread)))
                .toArray(CompletableFuture[]::new));
            Scenario.waitFor("a good start", () -> scenario.effects().total() > 500);
            broker.stop();
            int sentBefore = KEYS * EACH - this.left.get();
            TimeUnit.SECONDS.sleep(DOWN_SECONDS);
            int sentAfter = KEYS * EACH - this.left.get();
            assertThat(scenario.effects().outboxed()).as("in the outbox").isGreaterThan(500);
            broker.start();
            sending.get(300, TimeUnit.SECONDS);
            scenario.waitUntilDrained();

            assertThat(sentAfter - sentBefore).as("sent while the broker was down").isGreaterThan(500);
            List<String> effects = scenario.effects().inOrder();
            assertThat(effects).hasSize(KEYS * EACH);
            for (int key = 0; key < KEYS; key++) {
                String prefix = "k" + key + "-";
                assertThat(effects.stream().filter((effect) -> effect.startsWith(prefix)))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, EACH).mapToObj((n) -> prefix + n).toList());
            }
        }
    }

    /**
     * Counts in the same transaction, so that the numbers are in the order of commits.
     */
    private CompletableFuture<Void> send(RunningApplication instance, String topic, Random random) {
        ReliableMQTemplate template = instance.bean(ReliableMQTemplate.class);
        JdbcTemplate jdbc = instance.bean(JdbcTemplate.class);
        TransactionTemplate transaction = new TransactionTemplate(instance.bean(PlatformTransactionManager.class));
        return CompletableFuture.runAsync(() -> {
            while (this.left.get() > 0) {
                int first = random.nextInt(KEYS);
                int count = 1 + random.nextInt(3);
                // In one order, so that their counters are locked without a deadlock.
                transaction.executeWithoutResult((status) -> IntStream.range(first, first + count)
                    .map((key) -> key % KEYS)
                    .sorted()
                    .forEach((key) -> send(template, jdbc, topic, "k" + key)));
                pause();
            }
        }, (task) -> new Thread(task).start());
    }

    private void send(ReliableMQTemplate template, JdbcTemplate jdbc, String topic, String key) {
        if (jdbc.update("UPDATE counters SET n = n + 1 WHERE counter_key = ? AND n < ?", key, EACH) == 0) {
            return;
        }
        Integer number = jdbc.queryForObject("SELECT n FROM counters WHERE counter_key = ?", Integer.class, key);
        Delivery delivery = template
            .send(ReliableMessage.to(topic).payload(key + "-" + number).orderingKey(key).build())
            .delivery();
        assertThat(delivery).isEqualTo(Delivery.OUTBOXED);
        this.left.decrementAndGet();
    }

    /** About 130 messages a second in all, so that they last longer than the outage. */
    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        catch (InterruptedException ex) {
            throw new CompletionException(ex);
        }
    }

}

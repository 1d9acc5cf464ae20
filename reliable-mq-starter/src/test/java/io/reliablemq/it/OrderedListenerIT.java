package io.reliablemq.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners that consume in order, and fail.
 */
@Timeout(300)
class OrderedListenerIT {

    private static final List<String> CUSTOMERS = List.of("a", "b", "c");

    private static final int EACH = 20;

    private static final int TIMES = 2;

    private final Map<String, Integer> failures = new ConcurrentHashMap<>();

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "LEASE_ON_REDIS", "TRANSACTIONAL_IN_BATCHES",
            "LEASE_IN_BATCHES_ON_REDIS" })
    void keepsTheOrderOfEachKeyThroughFailures(Guarding guarding) {
        try (Scenario scenario = new Scenario(guarding)) {
            RunningApplication application = scenario.start("one", OrderedEffectListener.class, (key, effect) -> {
                if (key.endsWith("7") && this.failures.merge(key, 1, Integer::sum) <= TIMES) {
                    throw new IllegalStateException("not yet " + key);
                }
                effect.run();
            });
            send(scenario);
            scenario.waitUntilDrained();

            assertThat(scenario.effects().total()).isEqualTo(CUSTOMERS.size() * EACH);
            assertThat(this.failures).hasSize(CUSTOMERS.size() * 2);
            // What fails in a batch runs again alone, in the same delivery.
            assertThat(application.deliveries("failed"))
                .isBetween((guarding.batch() > 1) ? (long) this.failures.size() : failures(), failures());
            for (String customer : CUSTOMERS) {
                assertThat(effectsOf(customer, scenario)).isEqualTo(keysOf(customer));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "LEASE_ON_REDIS", "TRANSACTIONAL_IN_BATCHES",
            "LEASE_IN_BATCHES_ON_REDIS" })
    void parksAfterTheMaximumAndGoesOn(Guarding guarding) {
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.dead-letter.storage", "broker")
                .withListener("retry.max-attempts", "2")
                .withListener("retry.backoff", "100ms");
            scenario.start("one", OrderedEffectListener.class, (key, effect) -> {
                if (key.equals("b-7")) {
                    throw new IllegalStateException("always");
                }
                effect.run();
            });
            send(scenario);
            Scenario.waitFor("parked", () -> scenario.broker().messageCount(scenario.deadLetterTopic()) == 1);
            scenario.waitUntilDrained();

            List<String> rest = new ArrayList<>(keysOf("b"));
            rest.remove("b-7");
            assertThat(effectsOf("b", scenario)).isEqualTo(rest);
            assertThat(scenario.effects().total()).isEqualTo(CUSTOMERS.size() * EACH - 1);
        }
    }

    private long failures() {
        return (long) TIMES * this.failures.size();
    }

    private static void send(Scenario scenario) {
        ReliableMQTemplate sender = scenario.sender();
        for (int number = 1; number <= EACH; number++) {
            for (String customer : CUSTOMERS) {
                sender.send(ReliableMessage.to(scenario.topic())
                    .payload(customer + "-" + number)
                    .orderingKey(customer)
                    .build());
            }
        }
    }

    private static List<String> keysOf(String customer) {
        return IntStream.rangeClosed(1, EACH).mapToObj((number) -> customer + "-" + number).toList();
    }

    private static List<String> effectsOf(String customer, Scenario scenario) {
        return scenario.effects().inOrder().stream().filter((key) -> key.startsWith(customer)).toList();
    }

}

package io.reliablemq.it;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.message.ReliableMessage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners that fail and leave their thread interrupted, as a time limit around a call
 * does. RocketMQ by itself acknowledges their messages.
 */
@Tag("faults")
@Timeout(300)
class InterruptedListenerIT {

    private static final int MESSAGES = 100;

    /** In batches the first time is followed by one alone, in the same delivery. */
    private static final int TIMES = 2;

    private final List<String> keys = Sending.keys(MESSAGES);

    private final Map<String, Integer> failures = new ConcurrentHashMap<>();

    private final Set<String> processed = ConcurrentHashMap.newKeySet();

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_IN_BATCHES", "LEASE_ON_REDIS",
            "LEASE_IN_BATCHES_ON_REDIS" })
    void losesNothing(Guarding guarding) {
        hasAllEffects(guarding, EffectListener.class);
    }

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_IN_BATCHES" })
    void losesNothingInOrder(Guarding guarding) {
        hasAllEffects(guarding, OrderedEffectListener.class);
    }

    private void hasAllEffects(Guarding guarding, Class<?> listener) {
        try (Scenario scenario = new Scenario(guarding).withListener("retry.backoff", "1s")) {
            send(scenario);
            scenario.start("one", listener, (key, effect) -> {
                interruptAtFirst(key);
                effect.run();
            });
            Scenario.waitFor("effects", () -> scenario.effects().lost(this.keys).isEmpty());
            scenario.waitUntilDrained();

            assertThat(this.failures).hasSize(MESSAGES / 10);
            assertThat(scenario.effects().total()).isEqualTo(MESSAGES);
        }
    }

    /** Without this library, and with it but unguarded. */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void losesMessagesWithoutThisLibrary(boolean enabled) {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            send(scenario);
            scenario.with("reliable-mq.enabled", String.valueOf(enabled));
            scenario.start("one", PlainListener.class, (key, effect) -> {
                interruptAtFirst(key);
                this.processed.add(key);
            });
            int expected = enabled ? MESSAGES : MESSAGES - MESSAGES / 10;
            Scenario.waitFor("processed", () -> this.processed.size() == expected);
            scenario.waitUntilDrained();

            assertThat(this.failures).hasSize(MESSAGES / 10);
            assertThat(this.processed).hasSize(expected);
        }
    }

    private void interruptAtFirst(String key) {
        if (key.endsWith("7") && this.failures.merge(key, 1, Integer::sum) <= TIMES) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted " + key);
        }
    }

    private void send(Scenario scenario) {
        var sender = scenario.sender();
        this.keys.forEach((key) -> sender.send(ReliableMessage.to(scenario.topic())
            .payload(key)
            .orderingKey(key.substring(key.length() - 1))
            .build()));
    }

}

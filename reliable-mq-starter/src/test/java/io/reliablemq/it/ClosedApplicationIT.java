package io.reliablemq.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.test.servers.RedisServers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application is closed in an orderly way while it has messages in hand.
 */
@Tag("faults")
@Timeout(900)
class ClosedApplicationIT {

    private static final int MESSAGES = 3000;

    private static final int CLOSES = 5;

    static Stream<Arguments> rounds() {
        return Chaos.rounds(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Guarding.LEASE_ON_REDIS,
                Guarding.LEASE_DEFERRED_ON_REDIS);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("rounds")
    void losesNothingAndMakesNoCopies(Guarding guarding, long seed) throws Exception {
        Random random = new Random(seed);
        // Batches that are in hand are finished, so that each close costs more.
        int messages = (guarding.batch() > 1) ? 2 * MESSAGES : MESSAGES;
        List<String> keys = Sending.keys(messages);
        List<RunningApplication> instances = new ArrayList<>();
        try (Scenario scenario = new Scenario(guarding)) {
            Effects effects = scenario.effects();
            ReliableMQTemplate sender = scenario.sender();
            Sending.inParallel(keys, (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));

            for (int close = 1; close <= CLOSES; close++) {
                RunningApplication instance = start(scenario, "instance-" + close);
                instances.add(instance);
                int enough = effects.total() + 50 + random.nextInt(400);
                Scenario.waitFor("effects " + enough, () -> effects.total() >= enough);
                instance.close();
                if (guarding.isOnRedis()) {
                    assertThat(RedisKeys.claimed(RedisServers.shared().port(), scenario.keyPrefix())).as("left claimed")
                        .isZero();
                }
                assertThat(effects.distinct()).as("effects at close " + close).isLessThan(messages);
            }
            instances.add(start(scenario, "last"));
            scenario.waitUntilDrained();

            effects.requireBatches(guarding);
            assertThat(effects.total()).as("effects").isEqualTo(messages);
            assertThat(effects.lost(keys)).as("lost").isEmpty();
            assertThat(scenario.broker().messageCount(scenario.retryTopic())).as("copies sent back").isZero();
            // A thread that was about to begin may have been overtaken by one that began.
            assertThat(instances.stream().mapToLong(RunningApplication::deliveries).sum()).as("deliveries")
                .isBetween((long) messages, (long) messages + CLOSES * EffectListener.THREADS * guarding.batch());
        }
    }

    private static RunningApplication start(Scenario scenario, String instance) {
        return scenario.start(instance, EffectListener.class, (key, effect) -> {
            effect.run();
            // Work, so that the close finds messages in hand.
            LockSupport.parkNanos(Duration.ofMillis(3).toNanos());
        });
    }

}

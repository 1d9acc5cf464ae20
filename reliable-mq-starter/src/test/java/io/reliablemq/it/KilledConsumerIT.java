package io.reliablemq.it;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The consumer's JVM is killed again and again while messages flow.
 */
@Tag("faults")
@Timeout(900)
class KilledConsumerIT {

    private static final int MESSAGES = 5000;

    private static final int MESSAGES_IN_BATCHES = 20_000;

    private static final int KILLS = 3;

    static Stream<Arguments> rounds() {
        return Chaos.isThorough()
                ? Chaos.rounds(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Guarding.TRANSACTIONAL_ON_MARIADB,
                        Guarding.LEASE_ON_REDIS, Guarding.LEASE_DEFERRED_ON_REDIS, Guarding.LEASE_ON_POSTGRESQL,
                        Guarding.LEASE_ON_MARIADB, Guarding.TRANSACTIONAL_IN_BATCHES,
                        Guarding.TRANSACTIONAL_IN_BATCHES_ON_MARIADB, Guarding.LEASE_IN_BATCHES_ON_REDIS)
                : Chaos.rounds(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Guarding.LEASE_ON_REDIS,
                        Guarding.LEASE_DEFERRED_ON_REDIS, Guarding.TRANSACTIONAL_IN_BATCHES);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("rounds")
    void losesNothing(Guarding guarding, long seed) throws Exception {
        Random random = new Random(seed);
        int messages = (guarding.batch() > 1) ? MESSAGES_IN_BATCHES : MESSAGES;
        List<String> keys = Sending.keys(messages);
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.idempotency.lease", "3s");
            Effects effects = scenario.effects();
            ReliableMQTemplate sender = scenario.sender();
            CompletableFuture<Void> sending = Sending.inBackground(keys,
                    (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));

            for (int kill = 1; kill <= KILLS; kill++) {
                int some = messages / 25 + random.nextInt(messages / 8);
                scenario.with("effects.most", String.valueOf(some + messages / 8));
                ForkedApplication consumer = scenario.fork("consumer-" + kill, EffectListener.class);
                int enough = effects.total() + some;
                Scenario.waitFor("effects " + enough, () -> effects.total() >= enough);
                consumer.kill();
                assertThat(effects.distinct()).as("effects at kill " + kill).isLessThan(messages);
            }
            sending.join();
            scenario.with("effects.most", String.valueOf(Integer.MAX_VALUE)).fork("last", EffectListener.class);
            scenario.waitUntilDrained();

            assertThat(effects.lost(keys)).as("lost").isEmpty();
            if (guarding.isTransactional()) {
                assertThat(effects.total()).as("effects").isEqualTo(messages);
            }
            else {
                assertThat(effects.doubled()).as("doubled")
                    .isLessThanOrEqualTo(KILLS * guarding.unfinished(EffectListener.THREADS));
            }
        }
    }

}

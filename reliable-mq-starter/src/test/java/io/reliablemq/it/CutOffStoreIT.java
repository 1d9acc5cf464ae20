package io.reliablemq.it;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.test.servers.RedisServers;
import io.reliablemq.test.servers.TcpProxy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The database or Redis is cut off while messages are consumed, and comes back.
 */
@Tag("faults")
@Timeout(900)
class CutOffStoreIT {

    private static final int MESSAGES = 3000;

    private static final int CUTS = 2;

    /** Sent while the store is away. */
    private static final int MEANWHILE = 300;

    private static final int FIRST = MESSAGES - CUTS * MEANWHILE;

    static Stream<Arguments> rounds() {
        return Chaos.rounds(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Guarding.TRANSACTIONAL_ON_MARIADB,
                Guarding.LEASE_ON_POSTGRESQL, Guarding.LEASE_ON_REDIS, Guarding.LEASE_DEFERRED_ON_REDIS);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("rounds")
    void goesOnByItselfAndLosesNothing(Guarding guarding, long seed) throws Exception {
        Random random = new Random(seed);
        List<String> keys = Sending.keys(MESSAGES);
        try (Scenario scenario = new Scenario(guarding); TcpProxy proxy = proxy(guarding, scenario)) {
            Effects effects = scenario.effects();
            ReliableMQTemplate sender = scenario.sender();
            connectThrough(proxy, guarding, scenario);
            RunningApplication consumer = scenario.start("consumer", EffectListener.class);
            var sending = Sending.inBackground(keys.subList(0, FIRST),
                    (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));

            for (int cut = 1; cut <= CUTS; cut++) {
                int enough = Math.min(effects.total() + 100 + random.nextInt(800), FIRST);
                Scenario.waitFor("effects " + enough, () -> effects.total() >= enough);
                long failedBefore = consumer.deliveries("failed");
                proxy.cut();
                List<String> meanwhile = keys.subList(MESSAGES - cut * MEANWHILE, MESSAGES - (cut - 1) * MEANWHILE);
                meanwhile.forEach((key) -> sender.send(scenario.topic(), key));
                Scenario.waitFor("the cut felt", () -> consumer.deliveries("failed") >= failedBefore + 20);
                assertThat(effects.lost(meanwhile)).as("without effect during cut " + cut).hasSize(MEANWHILE);
                proxy.restore();
            }
            sending.join();
            scenario.waitUntilDrained();

            effects.requireBatches(guarding);
            assertThat(effects.lost(keys)).as("lost").isEmpty();
            assertThat(effects.doubled()).as("doubled")
                .isLessThanOrEqualTo(
                        guarding.isTransactional() ? 0 : CUTS * guarding.unfinished(EffectListener.THREADS));
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isZero();
        }
    }

    private static TcpProxy proxy(Guarding guarding, Scenario scenario) {
        return guarding.isOnRedis() ? TcpProxy.start("127.0.0.1", RedisServers.shared().port())
                : TcpProxy.start(scenario.database().host(), scenario.database().port());
    }

    private static void connectThrough(TcpProxy proxy, Guarding guarding, Scenario scenario) {
        if (guarding.isOnRedis()) {
            scenario.with("spring.data.redis.port", String.valueOf(proxy.port()))
                .with("spring.data.redis.timeout", "1s");
        }
        else {
            scenario.connectTo(scenario.database().through(proxy));
        }
        // What was claimed at the cut comes again when its lease has run out.
        scenario.with("reliable-mq.idempotency.lease", "5s");
    }

}

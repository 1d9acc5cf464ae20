package io.reliablemq.it;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.reliablemq.test.EmbeddedRocketMQBroker;
import io.reliablemq.test.servers.TcpProxy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A message in the middle of a batch fails, and the broker is away when it is to be sent
 * back.
 */
@Tag("faults")
@Timeout(300)
class FailedSendBackIT {

    private static final int MESSAGES = 100;

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_IN_BATCHES", "LEASE_IN_BATCHES_ON_REDIS" })
    void makesTheMessageAndThoseAfterItComeAgain(Guarding guarding) throws Exception {
        List<String> keys = Sending.keys(MESSAGES);
        AtomicBoolean away = new AtomicBoolean();
        AtomicBoolean back = new AtomicBoolean();
        try (TcpProxy proxy = TcpProxy.start();
                EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder()
                    .delayLevels(Broker.DELAY_LEVELS)
                    .advertisedPort(proxy.port())
                    .start()) {
            String[] address = broker.brokerAddress().split(":");
            proxy.forwardTo(address[0], Integer.parseInt(address[1]));
            try (Scenario scenario = new Scenario(guarding, broker, 1)) {
                Effects effects = scenario.effects();
                var sender = scenario.sender();
                keys.forEach((key) -> sender.send(scenario.topic(), key));
                RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                    if (key.equals("m-5") && !back.get()) {
                        if (away.compareAndSet(false, true)) {
                            proxy.cut();
                        }
                        throw new IllegalStateException("poison");
                    }
                    effect.run();
                });
                Scenario.waitFor("those after it again", () -> application.deliveries("duplicate") > 0);
                assertThat(effects.of("m-5")).isZero();
                assertThat(broker.messageCount(scenario.retryTopic())).as("copies").isZero();
                back.set(true);
                proxy.restore();
                scenario.waitUntilDrained();

                effects.requireBatches(guarding);
                assertThat(effects.lost(keys)).as("lost").isEmpty();
                assertThat(effects.doubled()).as("doubled").isZero();
                assertThat(broker.messageCount(scenario.deadLetterTopic())).isZero();
            }
        }
    }

}

package io.reliablemq.it;

import java.util.List;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An instance is killed while its listener defers or drops: some messages are published
 * again, or recorded, and not yet acknowledged.
 */
@Tag("faults")
@Timeout(300)
class KilledWhileGivingWayIT {

    private static final List<String> KEYS = Sending.keys(400);

    @Test
    void losesAndDoublesNothingThatItDefers() throws Exception {
        try (Scenario scenario = alwaysOver("deferred")) {
            killInTheMiddle(scenario, scenario.retryTopic());

            scenario.with("reliable-mq.degradation.enabled", "false").start("two", EffectListener.class);

            Scenario.waitFor("all", () -> scenario.effects().distinct() == KEYS.size());
            scenario.waitUntilDrained();
            assertThat(scenario.effects().lost(KEYS)).isEmpty();
            assertThat(scenario.effects().doubled()).isZero();
        }
    }

    @Test
    void dropsNothingTwiceAndNothingWithoutARecord() throws Exception {
        try (Scenario scenario = alwaysOver("dropped")) {
            killInTheMiddle(scenario, null);

            RunningApplication two = scenario.start("two", EffectListener.class);

            scenario.waitUntilDrained();
            List<DeadLetter> letters = two.bean(DeadLetters.class).find(DeadLetterFilter.all(), 0, 1000);
            assertThat(letters.size() + scenario.effects().total()).isEqualTo(KEYS.size());
            assertThat(letters).allMatch((letter) -> letter.parkings() == 1);
            assertThat(letters).extracting((letter) -> letter.key().identity()).doesNotHaveDuplicates();
            assertThat(scenario.effects().doubled()).isZero();
        }
    }

    /** It has something to do on any processor. */
    private static Scenario alwaysOver(String action) {
        return new Scenario(Guarding.LEASE_ON_POSTGRESQL).with("reliable-mq.degradation.cpu", "0.000002")
            .with("reliable-mq.degradation.cpu-recover-below", "0.000001")
            .with("reliable-mq.degradation.checks", "1")
            .with("reliable-mq.degradation.interval", "50ms")
            .with("reliable-mq.degradation.defer-delay", "1s")
            .withListener("priority", "low")
            .withListener("on-overload", action)
            .withListener("idempotency.lease", "2s");
    }

    private static void killInTheMiddle(Scenario scenario, String copies) throws Exception {
        ForkedApplication one = scenario.fork("one", EffectListener.class).awaitReady();
        ReliableMQTemplate sender = scenario.sender();
        Sending.inBackground(KEYS, (keys) -> keys.forEach((key) -> sender.send(scenario.topic(), key)));
        Scenario.waitFor("in the middle", () -> (copies != null) ? scenario.broker().messageCount(copies) > 40
                : scenario.broker().messageCount(scenario.topic()) > 150);
        one.kill();
        Scenario.waitFor("sent", () -> scenario.broker().messageCount(scenario.topic()) == KEYS.size());
    }

}

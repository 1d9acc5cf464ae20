package io.reliablemq.it;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A copy of a message arrives again and again while the message is being processed.
 */
@Tag("faults")
@Timeout(300)
class PostponedDuplicateIT {

    private static final int POSTPONEMENTS = 20;

    @ParameterizedTest
    @EnumSource(names = { "LEASE_ON_REDIS", "LEASE_ON_POSTGRESQL" })
    void isPostponedManyTimesAndNeverParked(Guarding guarding) {
        CountDownLatch finish = new CountDownLatch(1);
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.idempotency.lease", "1s").withListener("retry.max-attempts", "3");
            ReliableMQTemplate sender = scenario.sender();
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                assertThat(finish.await(4, TimeUnit.MINUTES)).isTrue();
                effect.run();
            });
            long id = sender.send(scenario.topic(), "m").id();
            sender.send(ReliableMessage.to(scenario.topic()).payload("m").id(id).build());

            Scenario.waitFor("postponed", () -> application.deliveries("in-progress") >= POSTPONEMENTS);
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isZero();
            finish.countDown();
            scenario.waitUntilDrained();

            assertThat(scenario.effects().total()).isOne();
            assertThat(application.deliveries("duplicate")).isOne();
            assertThat(application.counter("reliable.mq.lease.lost")).isZero();
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isZero();
        }
    }

}

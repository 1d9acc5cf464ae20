package io.reliablemq.it;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages that are processed together by few threads.
 */
@Timeout(300)
class AsyncListenerIT {

    private static final int KILLS = 2;

    private static final int IN_FLIGHT = 40;

    @Test
    void losesNothingWhenItIsKilled() throws Exception {
        List<String> keys = Sending.keys(3000);
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            scenario.with("reliable-mq.idempotency.lease", "3s")
                .withListener("async-in-flight", String.valueOf(IN_FLIGHT));
            Effects effects = scenario.effects();
            ReliableMQTemplate sender = scenario.sender();
            CompletableFuture<Void> sending = Sending.inBackground(keys,
                    (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));

            for (int kill = 1; kill <= KILLS; kill++) {
                ForkedApplication consumer = scenario.fork("consumer-" + kill, AsyncEffectListener.class);
                int enough = effects.total() + 500;
                Scenario.waitFor("effects " + enough, () -> effects.total() >= enough);
                consumer.kill();
            }
            sending.join();
            scenario.fork("last", AsyncEffectListener.class);
            scenario.waitUntilDrained();

            assertThat(effects.lost(keys)).as("lost").isEmpty();
            assertThat(effects.doubled()).as("doubled").isLessThanOrEqualTo(KILLS * IN_FLIGHT);
        }
    }

    @Test
    void deliversOnlyWhatFailedAgain() throws Exception {
        List<String> keys = Sending.keys(300);
        Set<String> failed = ConcurrentHashMap.newKeySet();
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            ReliableMQTemplate sender = scenario.sender();
            Sending.inParallel(keys, (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));
            RunningApplication application = scenario.start("one", AsyncEffectListener.class, (key, effect) -> {
                if (key.endsWith("3") && failed.add(key)) {
                    throw new IllegalStateException("the first time");
                }
                effect.run();
            });
            scenario.waitUntilDrained();

            assertThat(scenario.effects().lost(keys)).isEmpty();
            assertThat(scenario.effects().total()).isEqualTo(keys.size());
            assertThat(failed).hasSize(30);
            assertThat(application.deliveries("failed")).isEqualTo(30);
            assertThat(application.deliveries("processed")).isEqualTo(300);
            assertThat(application.deliveries("duplicate", "in-progress")).as("its neighbours").isZero();
        }
    }

    @Test
    void hasNoMoreUnderWayThanItMay() throws Exception {
        HeldStep step = new HeldStep();
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            scenario.withListener("async-in-flight", String.valueOf(IN_FLIGHT));
            ReliableMQTemplate sender = scenario.sender();
            Sending.inParallel(Sending.keys(400), (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));
            RunningApplication application = scenario.start("one", AsyncEffectListener.class, step);
            TunableListener listener = application.bean(ListenerControl.class).find(scenario.group()).get(0);

            Scenario.waitFor("as many as it may", () -> step.held() == IN_FLIGHT);
            assertThat(listener.load().running()).isEqualTo(IN_FLIGHT);
            step.letGo(400);
            scenario.waitUntilDrained();

            assertThat(step.most()).isEqualTo(IN_FLIGHT);
            assertThat(application.deliveries("processed")).isEqualTo(400);
            assertThat(application.deliveries("failed", "duplicate", "in-progress")).isZero();
        }
    }

    @Test
    void finishesWhatIsUnderWayWhenTheApplicationCloses() throws Exception {
        HeldStep step = new HeldStep();
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            ReliableMQTemplate sender = scenario.sender();
            Sending.inParallel(Sending.keys(200), (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));
            RunningApplication one = scenario.start("one", AsyncEffectListener.class, step);
            TunableListener listener = one.bean(ListenerControl.class).find(scenario.group()).get(0);
            Scenario.waitFor("under way", () -> step.held() > 10);
            step.letGo(400);
            one.close();
            long done = listener.load().completed();
            assertThat(done).as("what was under way").isGreaterThan(10);
            assertThat(listener.load().failed()).isZero();

            HeldStep rest = new HeldStep();
            rest.letGo(400);
            RunningApplication two = scenario.start("two", AsyncEffectListener.class, rest);
            scenario.waitUntilDrained();
            assertThat(two.deliveries("processed")).isEqualTo(200 - done);
        }
    }

}

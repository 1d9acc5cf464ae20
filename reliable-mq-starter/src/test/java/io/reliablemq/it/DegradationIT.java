package io.reliablemq.it;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.degradation.Degradation;
import io.reliablemq.degradation.DegradationChange;
import io.reliablemq.degradation.DegradationLevel;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.producer.ReliableMQTemplate;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A critical listener falls behind; a less important one gives way and comes back.
 */
@Timeout(300)
class DegradationIT {

    private static final Duration HOLD = Duration.ofSeconds(3);

    private static final int CRITICAL = 24;

    private static final int LOW = 400;

    @Test
    void beginsHoldsAndEnds() {
        CountDownLatch held = new CountDownLatch(1);
        try (Scenario scenario = watched()) {
            RunningApplication application = scenario.start("one", Listeners.class, (key, effect) -> {
                if (key.startsWith("c-")) {
                    held.await();
                }
                effect.run();
            });
            ReliableMQTemplate sender = scenario.sender();
            for (int i = 0; i < CRITICAL; i++) {
                sender.send(scenario.topic(), "c-" + i);
            }

            Degradation degradation = application.bean(Degradation.class);
            Scenario.waitFor("begins", () -> degradation.level() == DegradationLevel.FIRST);
            TunableListener low = application.bean(ListenerControl.class).find(scenario.group() + "-low").get(0);
            Scenario.waitFor("paused", () -> low.pausedBy().contains("degradation"));
            for (int i = 0; i < LOW; i++) {
                sender.send(scenario.topic() + "-low", "l-" + i);
            }
            // What was asked for before the pause still comes, at most one batch of a
            // queue.
            await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(60))
                .until(scenario.effects()::total, (total) -> total < LOW / 2);
            assertThat(application.bean(ListenerControl.class).find(scenario.group()).get(0).pausedBy()).isEmpty();
            assertThat(degradation.level()).isEqualTo(DegradationLevel.FIRST);

            Instant recovers = Clock.systemUTC().instant();
            held.countDown();
            Scenario.waitFor("ends", () -> degradation.level() == DegradationLevel.OFF);

            // The level is set before it is told.
            List<DegradationChange> changes = application.bean(Changes.class).seen;
            Scenario.waitFor("told", () -> changes.size() >= 2);
            assertThat(changes).extracting(DegradationChange::to)
                .containsExactly(DegradationLevel.FIRST, DegradationLevel.OFF);
            assertThat(changes.get(1).at()).as("holds").isAfterOrEqualTo(recovers.plus(HOLD));
            Scenario.waitFor("everything is processed", () -> scenario.effects().distinct() == CRITICAL + LOW);
            assertThat(scenario.effects().doubled()).isZero();
            assertThat(application.deliveries("deferred", "dropped")).isZero();
            assertThat(application.counter("reliable.mq.degradation.changes")).isEqualTo(2);
        }
    }

    private static Scenario watched() {
        Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL);
        scenario.broker().createTopic(scenario.topic() + "-low", 4);
        return scenario.with("reliable-mq.backlog.poll", "300ms")
            .with("reliable-mq.degradation.interval", "100ms")
            .with("reliable-mq.degradation.lag-time", "2s")
            .with("reliable-mq.degradation.recover-below", "1s")
            .with("reliable-mq.degradation.cpu", "0")
            .with("reliable-mq.degradation.checks", "2")
            .with("reliable-mq.degradation.hold", HOLD.toSeconds() + "s")
            .with("reliable-mq.degradation.escalate-after", "10m")
            .with("reliable-mq.degradation.escalate-lag-time", "10m")
            .withListener("priority", "critical")
            .with("reliable-mq.listeners.[" + scenario.group() + "-low].priority", "low");
    }

    /** What runs, and who listens to changes. */
    @Import({ EffectListener.class, LowListener.class, Changes.class })
    static class Listeners {

    }

    static class Changes {

        private final List<DegradationChange> seen = new CopyOnWriteArrayList<>();

        @EventListener
        void changed(DegradationChange change) {
            this.seen.add(change);
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}-low", consumerGroup = "${effects.group}-low")
    static class LowListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

        private final Work work;

        LowListener(Work work) {
            this.work = work;
        }

        @Override
        public void onMessage(String key) {
            this.work.process(key);
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            FasterConsumer.configure(consumer);
        }

    }

}

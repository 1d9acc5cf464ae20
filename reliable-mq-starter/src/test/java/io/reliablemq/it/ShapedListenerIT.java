package io.reliablemq.it;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.degradation.Degradation;
import io.reliablemq.degradation.DegradationLevel;
import io.reliablemq.message.MessagePriority;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners that keep to a rate, and messages that go to the topic of their priority.
 */
@Timeout(300)
class ShapedListenerIT {

    @Test
    void keepsToItsRateAndStopsPulling() throws Exception {
        List<Long> arrivals = new CopyOnWriteArrayList<>();
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.withListener("rate-limit", "20");
            ReliableMQTemplate sender = scenario.sender();
            Sending.inParallel(Sending.keys(800), (keys) -> keys.forEach((key) -> sender.send(scenario.topic(), key)));
            RunningApplication application = scenario.start("one", EffectListener.class,
                    (key, effect) -> arrivals.add(System.nanoTime()));
            TunableListener listener = listener(application, scenario);
            AtomicLong held = new AtomicLong();
            AtomicInteger paused = new AtomicInteger();
            Scenario.waitFor("100 messages", () -> {
                held.accumulateAndGet(listener.cached(), Math::max);
                paused.addAndGet(listener.pausedBy().equals(Set.of("rate-limit")) ? 1 : 0);
                return arrivals.size() >= 100;
            });

            Duration taken = Duration.ofNanos(arrivals.get(99) - arrivals.get(0));
            assertThat(taken).as("no faster than 20 a second").isGreaterThan(Duration.ofMillis(4600));
            assertThat(taken).as("not much slower either").isLessThan(Duration.ofSeconds(15));
            assertThat(paused.get()).as("it does not pull while it has enough").isPositive();
            assertThat(held.get()).as("messages in memory").isLessThanOrEqualTo(Scenario.QUEUES * 32L);
            long start = System.nanoTime();
            application.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as("shutdown waits for no turn")
                .isLessThan(Duration.ofSeconds(20));
        }
    }

    @Test
    void isSlowedOnlyWhileItGivesWay() {
        List<Long> arrivals = new CopyOnWriteArrayList<>();
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.withListener("priority", "low")
                .withListener("on-overload", "slowed")
                .with("reliable-mq.degradation.slow-rate", "5")
                .with("reliable-mq.degradation.enabled", "false");
            RunningApplication application = scenario.start("one", EffectListener.class,
                    (key, effect) -> arrivals.add(System.nanoTime()));
            application.bean(Degradation.class).force(DegradationLevel.FIRST, null);
            ReliableMQTemplate sender = scenario.sender();
            Sending.keys(300).forEach((key) -> sender.send(scenario.topic(), key));
            Scenario.waitFor("some", () -> arrivals.size() >= 15);
            assertThat(Duration.ofNanos(arrivals.get(14) - arrivals.get(0))).isGreaterThan(Duration.ofMillis(2500));

            application.bean(Degradation.class).release(null);

            Scenario.waitFor("all", () -> arrivals.size() == 300);
            Scenario.waitFor("pulls again", () -> listener(application, scenario).pausedBy().isEmpty());
            assertThat(Duration.ofNanos(arrivals.get(299) - arrivals.get(0))).as("at 5 a second it would be 60 s")
                .isLessThan(Duration.ofSeconds(50));
        }
    }

    @Test
    void keepsAnOrderedListenerToItsRateInOrder() {
        List<String> order = new CopyOnWriteArrayList<>();
        List<Long> arrivals = new CopyOnWriteArrayList<>();
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Broker.shared(), 1)) {
            scenario.withListener("rate-limit", "10").withListener("concurrency-limit", "1");
            RunningApplication application = scenario.start("one", OrderedEffectListener.class, (key, effect) -> {
                arrivals.add(System.nanoTime());
                order.add(key);
                effect.run();
            });
            ReliableMQTemplate sender = scenario.sender();
            Sending.keys(20).forEach((key) -> sender.send(scenario.topic(), key));
            Scenario.waitFor("all", () -> order.size() == 20);

            assertThat(order).containsExactlyElementsOf(Sending.keys(20));
            assertThat(Duration.ofNanos(arrivals.get(19) - arrivals.get(0))).isGreaterThan(Duration.ofMillis(1600));
            scenario.waitUntilDrained();
            assertThat(scenario.effects().attemptsOf("m-19")).as("a wait is no attempt").containsExactly(1);
            assertThat(application.deliveries("failed")).isZero();
        }
    }

    @Test
    void sendsToTheTopicOfThePriority() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            String high = scenario.topic() + "-high";
            scenario.broker().createTopic(high, 1);
            scenario.with("reliable-mq.producer.priority-topics.[" + scenario.topic() + "].high", high);
            scenario.sender()
                .send(ReliableMessage.to(scenario.topic()).payload("h").priority(MessagePriority.HIGH).build());
            scenario.sender()
                .send(ReliableMessage.to(scenario.topic()).payload("l").priority(MessagePriority.LOW).build());

            assertThat(scenario.broker().messageCount(high)).isOne();
            assertThat(scenario.broker().messageCount(scenario.topic())).isOne();
            assertThat(scenario.broker().messages(high).get(0).getUserProperty("RELIABLE_PRIORITY")).isEqualTo("HIGH");
        }
    }

    private static TunableListener listener(RunningApplication application, Scenario scenario) {
        return application.bean(ListenerControl.class).find(scenario.group()).get(0);
    }

}

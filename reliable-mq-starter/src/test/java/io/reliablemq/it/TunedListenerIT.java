package io.reliablemq.it;

import java.time.Duration;

import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.ListenerTuning;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Knobs that are turned while messages flow.
 */
@Timeout(300)
class TunedListenerIT {

    /** More than all pulls that are under way when pulling stops can bring. */
    private static final int MANY = Scenario.QUEUES * 100;

    @ParameterizedTest
    @ValueSource(classes = { EffectListener.class, PlainListener.class })
    void usesTheThreadsItIsGiven(Class<?> type) throws Exception {
        HeldStep step = new HeldStep();
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            TunableListener listener = listener(scenario, scenario.start("one", type, step));
            send(scenario, 300);
            Scenario.waitFor("as many as threads", () -> step.held() == EffectListener.THREADS);

            listener.tune(ListenerTuning.none().withThreads(2));
            step.letGo(6);
            Scenario.waitFor("fewer", () -> listener.load().completed() == 6 && step.held() == 2);
            step.most();
            step.letGo(40);
            Scenario.waitFor("fewer for good", () -> listener.load().completed() == 46 && step.held() == 2);
            assertThat(step.most()).as("with messages waiting").isEqualTo(2);

            listener.tune(ListenerTuning.none().withThreads(24));
            Scenario.waitFor("more", () -> step.held() == 24);
            assertThat(listener.load().running()).isEqualTo(24);
            assertThat(listener.cached()).isGreaterThan(24);
            listener.tune(ListenerTuning.none().withThreads(3));
            step.letGo(60);
            Scenario.waitFor("fewer again", () -> listener.load().completed() == 106 && step.held() == 3);

            step.letGo(300);
            Scenario.waitFor("all", () -> listener.load().completed() == 300);
            assertThat(listener.load().failed()).isZero();
            assertThat(listener.cached()).isZero();
        }
    }

    @Test
    void usesTheThreadsOfAnOrderedListener() throws Exception {
        HeldStep step = new HeldStep();
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            scenario.withListener("threads", "2");
            TunableListener listener = listener(scenario, scenario.start("one", OrderedEffectListener.class, step));
            send(scenario, 100);
            Scenario.waitFor("as many as threads", () -> step.held() == 2);

            listener.tune(ListenerTuning.none().withThreads(Scenario.QUEUES));
            Scenario.waitFor("one per queue", () -> step.held() == Scenario.QUEUES);
            listener.tune(ListenerTuning.none().withThreads(1));
            step.letGo(Scenario.QUEUES + 10);
            Scenario.waitFor("one", () -> listener.load().completed() == Scenario.QUEUES + 10 && step.held() == 1);

            step.letGo(100);
            scenario.waitUntilDrained();
            assertThat(listener.load().completed()).isEqualTo(100);
        }
    }

    @Test
    @Tag("faults")
    void pullsOnlyWhenNobodyWantsItPaused() throws Exception {
        HeldStep step = new HeldStep();
        step.letGo(2 * MANY);
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            RunningApplication application = scenario.start("one", EffectListener.class, step);
            ListenerControl control = application.bean(ListenerControl.class);
            TunableListener listener = listener(scenario, application);
            send(scenario, 8);
            Scenario.waitFor("it runs", () -> listener.load().completed() == 8);

            control.pause(scenario.group(), "operator");
            control.pause(scenario.group(), "degradation");
            send(scenario, MANY);
            control.resume(scenario.group(), "operator");

            await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(60))
                .until(() -> listener.load().completed() < MANY);
            assertThat(listener.pausedBy()).containsExactly("degradation");

            control.resume(scenario.group(), "degradation");
            Scenario.waitFor("all", () -> listener.load().completed() == 8 + MANY);
        }
    }

    @Test
    @Tag("faults")
    void handsQueuesOverWhilePaused() throws Exception {
        HeldStep step = new HeldStep();
        step.letGo(100);
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            RunningApplication one = scenario.start("one", EffectListener.class, step);
            Scenario.waitFor("all queues", () -> one.queues(scenario.topic()) == Scenario.QUEUES);
            one.bean(ListenerControl.class).pause(scenario.group(), "operator");

            RunningApplication two = scenario.start("two", EffectListener.class, step);

            Scenario.waitFor("half of them", () -> one.queues(scenario.topic()) == Scenario.QUEUES / 2);
            Scenario.waitFor("the others", () -> two.queues(scenario.topic()) == Scenario.QUEUES / 2);
            one.bean(ListenerControl.class).resume(scenario.group(), "operator");
            send(scenario, 100);
            Scenario.waitFor("all", () -> one.deliveries("processed") + two.deliveries("processed") == 100);
        }
    }

    @Test
    void closesWhilePausedWithoutLosingAnything() throws Exception {
        HeldStep step = new HeldStep();
        try (Scenario scenario = new Scenario(Guarding.LEASE_ON_REDIS)) {
            RunningApplication one = scenario.start("one", EffectListener.class, step);
            send(scenario, 100);
            Scenario.waitFor("it runs", () -> step.held() == EffectListener.THREADS);
            TunableListener listener = listener(scenario, one);
            listener.pause("operator");
            listener.tune(ListenerTuning.none().withThreads(1));
            step.letGo(100);
            one.close();
            long done = listener.load().completed();
            assertThat(done).as("what ran").isGreaterThanOrEqualTo(EffectListener.THREADS);
            assertThat(listener.load().failed()).isZero();

            HeldStep rest = new HeldStep();
            rest.letGo(100);
            RunningApplication two = scenario.start("two", EffectListener.class, rest);
            scenario.waitUntilDrained();
            assertThat(two.deliveries("processed")).isEqualTo(100 - done);
        }
    }

    private static TunableListener listener(Scenario scenario, RunningApplication application) {
        return application.bean(ListenerControl.class).find(scenario.group()).get(0);
    }

    private static void send(Scenario scenario, int messages) throws Exception {
        ReliableMQTemplate sender = scenario.sender();
        Sending.inParallel(Sending.keys(messages), (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));
    }

}

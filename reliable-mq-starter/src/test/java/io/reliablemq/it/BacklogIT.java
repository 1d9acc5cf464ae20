package io.reliablemq.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.BacklogState;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.LagAccuracy;
import io.reliablemq.backlog.QueueBacklog;
import io.reliablemq.backlog.WaitingMessage;
import io.reliablemq.backlog.WatchedGroup;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How far groups are behind, as the broker tells.
 */
@Timeout(300)
class BacklogIT {

    @Test
    void countsWhatWaitsAndTellsHowOldItIs() {
        HeldStep step = new HeldStep();
        try (Scenario scenario = scenario(Broker.shared(), Scenario.QUEUES)) {
            RunningApplication application = scenario.start("one", EffectListener.class, step);
            BacklogProbe probe = application.bean(BacklogProbe.class);
            Instant before = Instant.now();
            send(application, scenario.topic(), 40);
            Instant sent = Instant.now();
            Scenario.waitFor("threads are busy", () -> step.held() == EffectListener.THREADS);

            Instant asked = Instant.now();
            BacklogSnapshot snapshot = probe.refresh();
            GroupBacklog backlog = of(snapshot, scenario);
            Instant answered = Instant.now();
            assertThat(snapshot.problems()).isEmpty();
            assertThat(backlog.messages()).isEqualTo(40);
            assertThat(backlog.accuracy()).isEqualTo(LagAccuracy.EXACT);
            assertThat(backlog.queues()).hasSize(Scenario.QUEUES);
            assertThat(backlog.queues().stream().mapToLong(QueueBacklog::messages).sum()).isEqualTo(40);
            assertThat(backlog.age()).isBetween(Duration.between(sent, asked), Duration.between(before, answered));
            assertThat(backlog.inFlight()).isBetween((long) EffectListener.THREADS, 40L);
            assertThat(backlog.consumers()).isOne();
            assertThat(backlog.expiresIn()).isBetween(Duration.ofHours(71), Duration.ofHours(72));
            assertThat(gauge(application, "messages")).isEqualTo(40);

            step.letGo(40);
            scenario.waitUntilDrained();
            GroupBacklog drained = of(probe.refresh(), scenario);
            assertThat(drained.messages()).isZero();
            assertThat(drained.age()).isZero();
            assertThat(drained.inFlight()).isZero();
            assertThat(drained.state()).isEqualTo(BacklogState.HEALTHY);
            assertThat(drained.rates()).isNotNull().satisfies((rates) -> assertThat(rates.consumption()).isPositive());
            assertThat(drained.timeToDrain()).isZero();
        }
    }

    @Test
    @Tag("faults")
    void tellsAStalledGroupFromASlowOneAndNamesWhatHoldsIt() {
        HeldStep step = new HeldStep();
        try (Scenario scenario = scenario(Broker.shared(), 1)) {
            scenario.with("reliable-mq.backlog.slow-after", "2s").with("reliable-mq.backlog.stalled-after", "8s");
            RunningApplication application = scenario.start("one", OrderedEffectListener.class, step);
            BacklogProbe probe = application.bean(BacklogProbe.class);
            ReliableMQTemplate template = application.bean(ReliableMQTemplate.class);
            List<Long> ids = Sending.keys(200)
                .stream()
                .map((key) -> template.send(scenario.topic(), key).id())
                .toList();
            AtomicInteger done = new AtomicInteger();

            Scenario.waitFor("slow", () -> {
                step.letGo(1);
                done.incrementAndGet();
                Scenario.waitFor("one more", () -> application.deliveries("processed") == done.get());
                application.persistOffsets();
                GroupBacklog backlog = of(probe.refresh(), scenario);
                assertThat(backlog.state()).isNotEqualTo(BacklogState.STALLED);
                return backlog.state() == BacklogState.SLOW;
            });
            Scenario.waitFor("stalled", () -> of(probe.latest(), scenario).state() == BacklogState.STALLED);

            GroupBacklog backlog = of(probe.latest(), scenario);
            assertThat(backlog.stalledFor()).isGreaterThanOrEqualTo(Duration.ofSeconds(8));
            WaitingMessage head = backlog.stalledQueue().map(QueueBacklog::head).orElseThrow();
            assertThat(head.id()).isEqualTo(ids.get(done.get()));
            assertThat(head.offset()).isEqualTo(done.get());
            assertThat(head.keys()).contains(Long.toString(ids.get(done.get())));
            assertThat(gauge(application, "stalled.queues")).isOne();

            step.letGo(200);
            Scenario.waitFor("goes on", () -> of(probe.latest(), scenario).state() == BacklogState.HEALTHY);
        }
    }

    @Test
    @Tag("faults")
    void knowsRetriesThatAreInFlightAndPausedListeners() {
        HeldStep held = new HeldStep();
        AtomicInteger deliveries = new AtomicInteger();
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().delayLevels("8s").start();
                Scenario scenario = scenario(broker, 2)) {
            scenario.with("reliable-mq.delay-levels", "8s").withListener("retry.backoff", "8s");
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                if (deliveries.incrementAndGet() <= 5) {
                    throw new IllegalStateException("not yet");
                }
                held.handle(key, effect);
            });
            BacklogProbe probe = application.bean(BacklogProbe.class);
            send(application, scenario.topic(), 5);
            Scenario.waitFor("waiting for their retry", () -> {
                application.persistOffsets();
                WatchedGroup group = probe.refresh().watched(scenario.group()).orElseThrow();
                return Long.valueOf(5).equals(group.waitingForRetry()) && of(probe.latest(), scenario).messages() == 0;
            });

            application.bean(ListenerControl.class).pause(scenario.group(), "operator");
            Scenario.waitFor("due again", () -> {
                WatchedGroup group = probe.refresh().watched(scenario.group()).orElseThrow();
                return Long.valueOf(5).equals(group.retryMessages()) && Long.valueOf(0).equals(group.waitingForRetry());
            });
            send(application, scenario.topic(), 7);
            BacklogSnapshot snapshot = probe.refresh();
            assertThat(of(snapshot, scenario).messages()).isEqualTo(7);
            assertThat(snapshot.watched(scenario.group())).get().satisfies((group) -> {
                assertThat(group.retryMessages()).isEqualTo(5);
                assertThat(group.waitingForRetry()).isZero();
                assertThat(group.pausedBy()).containsExactly("operator");
                assertThat(group.deadLettersInDatabase()).isZero();
            });
            held.letGo(100);
        }
    }

    @Test
    void countsTheTagsOfAGroupAndWatchesOthers() {
        HeldStep step = new HeldStep();
        try (Scenario scenario = scenario(Broker.shared(), 4)) {
            scenario.with("reliable-mq.backlog.groups.[newcomer].topics", scenario.topic());
            scenario.with("reliable-mq.backlog.groups.[nobody].lag", "7");
            RunningApplication application = scenario.start("one", TaggedListener.class, step);
            BacklogProbe probe = application.bean(BacklogProbe.class);
            send(application, scenario.topic() + ":a", 20);
            send(application, scenario.topic() + ":b", 15);
            send(application, scenario.topic() + ":c", 5);
            Scenario.waitFor("threads are busy", () -> step.held() == EffectListener.THREADS);

            BacklogSnapshot snapshot = probe.refresh();
            GroupBacklog tagged = of(snapshot, scenario);
            assertThat(tagged.messages()).isEqualTo(25);
            assertThat(tagged.accuracy()).isEqualTo(LagAccuracy.EXACT);
            GroupBacklog newcomer = snapshot.of("newcomer", scenario.topic()).orElseThrow();
            assertThat(newcomer.state()).isEqualTo(BacklogState.NEVER_CONSUMED);
            assertThat(newcomer.messages()).isEqualTo(40);
            assertThat(newcomer.accuracy()).isEqualTo(LagAccuracy.UPPER_BOUND);
            assertThat(newcomer.age()).isPositive();
            assertThat(newcomer.consumers()).isZero();
            assertThat(snapshot.problems()).singleElement().asString().contains("Group nobody", "Name its topics");
            step.letGo(40);
        }
    }

    @Test
    void watchesAGroupThatIsGoneAndFindsItsTopicsAndLetters() {
        try (Scenario scenario = scenario(Broker.shared(), 4)) {
            scenario.withListener("retry.max-attempts", "1").with("reliable-mq.dead-letter.storage", "both");
            RunningApplication gone = scenario.start("one", EffectListener.class, (key, effect) -> {
                throw new IllegalStateException("never");
            });
            send(gone, scenario.topic(), 3);
            Scenario.waitFor("parked", () -> gone.deliveries("parked") == 3);
            gone.close();
            scenario.withoutListener().with("reliable-mq.backlog.groups.[" + scenario.group() + "].lag", "1");
            RunningApplication watcher = scenario.start("two", NoListener.class);
            send(watcher, scenario.topic(), 11);

            BacklogSnapshot snapshot = watcher.bean(BacklogProbe.class).refresh();
            assertThat(of(snapshot, scenario).messages()).isEqualTo(11);
            assertThat(snapshot.watched(scenario.group())).get().satisfies((group) -> {
                assertThat(group.own()).isFalse();
                assertThat(group.consumers()).isZero();
                assertThat(group.deadLettersAtBroker()).isEqualTo(3);
                assertThat(group.deadLettersInDatabase()).isEqualTo(3);
            });
        }
    }

    @Test
    void countsWhatWasDeletedUnconsumedAndShowsNothingOldWhenTheBrokerIsGone(@TempDir Path store) throws Exception {
        HeldStep step = new HeldStep();
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder()
            .storeDirectory(store)
            .property("mappedFileSizeCommitLog", "1048576")
            .start(); Scenario scenario = scenario(broker, 1)) {
            RunningApplication application = scenario.start("one", EffectListener.class, step);
            BacklogProbe probe = application.bean(BacklogProbe.class);
            ReliableMQTemplate template = application.bean(ReliableMQTemplate.class);
            for (int i = 0; i < 15; i++) {
                template.send(ReliableMessage.to(scenario.topic()).payload(incompressible(i)).build());
            }
            step.letGo(1);
            Scenario.waitFor("committed", () -> {
                application.persistOffsets();
                return broker.committedOffsets(scenario.group(), scenario.topic()).size() == 1;
            });

            broker.stop();
            BacklogSnapshot down = probe.refresh();
            assertThat(down.of(scenario.group())).isEmpty();
            assertThat(down.problems()).anySatisfy((problem) -> assertThat(problem).contains(scenario.group()));
            assertThat(down.cost()).isLessThan(Duration.ofSeconds(20));
            assertThat(application.bean(MeterRegistry.class).find("reliable.mq.backlog.messages").gauge()).isNull();

            try (Stream<Path> files = Files.list(store.resolve("commitlog"))) {
                Files.delete(files.sorted().findFirst().orElseThrow());
            }
            broker.start();
            Scenario.waitFor("back", () -> probe.refresh().of(scenario.group(), scenario.topic()).isPresent());
            GroupBacklog backlog = of(probe.latest(), scenario);
            assertThat(backlog.lost()).isPositive();
            assertThat(backlog.messages()).isEqualTo(15 - backlog.queues().get(0).committed() - backlog.lost());
            assertThat(backlog.age()).isPositive();
            step.letGo(100);
        }
    }

    private static Scenario scenario(EmbeddedRocketMQBroker broker, int queues) {
        return new Scenario(Guarding.LEASE_ON_POSTGRESQL, broker, queues).with("reliable-mq.backlog.poll", "1s");
    }

    /** So that fifteen of them fill more than a file. */
    private static String incompressible(int seed) {
        byte[] bytes = new byte[80_000];
        new Random(seed).nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static GroupBacklog of(BacklogSnapshot snapshot, Scenario scenario) {
        return snapshot.of(scenario.group(), scenario.topic())
            .orElseThrow(() -> new AssertionError("missing: " + snapshot));
    }

    private static double gauge(RunningApplication application, String name) {
        return application.bean(MeterRegistry.class).get("reliable.mq.backlog." + name).gauge().value();
    }

    private static void send(RunningApplication application, String destination, int messages) {
        ReliableMQTemplate template = application.bean(ReliableMQTemplate.class);
        Sending.keys(messages).forEach((key) -> template.send(destination, key));
    }

    /** An application that only sends. */
    static class NoListener {

    }

    /** Two tags of three. */
    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}",
            selectorExpression = "a || c", consumeThreadNumber = EffectListener.THREADS)
    static class TaggedListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

        private final Work work;

        TaggedListener(Work work) {
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

package io.reliablemq.it;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetterTransport;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.deadletter.DrainReport;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.deadletter.ReplayOptions;
import io.reliablemq.deadletter.ReplayReport;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.test.servers.TcpProxy;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages that a listener could not process: parked in the database, replayed, drained.
 */
@Timeout(300)
class DeadLetterIT {

    private final AtomicBoolean works = new AtomicBoolean();

    private final AtomicInteger calls = new AtomicInteger();

    private final Step step = (key, effect) -> {
        this.calls.incrementAndGet();
        if (!this.works.get()) {
            throw new IllegalStateException("not today");
        }
        effect.run();
    };

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB", "LEASE_ON_POSTGRESQL" })
    void isParkedOnceReplayedTwiceAndHasOneEffect(Guarding guarding) throws Exception {
        try (Scenario scenario = parkingAtOnce(guarding)) {
            RunningApplication application = scenario.start("one", EffectListener.class, this.step);
            DeadLetters letters = application.bean(DeadLetters.class);
            send(scenario, 42);
            DeadLetter letter = onlyLetter(letters, DeadLetterStatus.PARKED);
            assertThat(letter.reason()).isEqualTo(ParkingReason.EXHAUSTED);
            assertThat(letter.exception()).isEqualTo(IllegalStateException.class.getName());
            assertThat(letter.key().messageId()).isEqualTo(42);

            send(scenario, 42);
            Scenario.waitFor("a copy skipped", () -> application.deliveries("duplicate") == 1);
            assertThat(this.calls).hasValue(1);

            this.works.set(true);
            CompletableFuture<ReplayReport> other = CompletableFuture
                .supplyAsync(() -> letters.replay(letter.id(), "other"));
            ReplayReport mine = letters.replay(letter.id(), "me");
            assertThat(mine.sent() + other.get().sent()).isOne();
            onlyLetter(letters, DeadLetterStatus.RESOLVED);
            assertThat(letters.replay(letter.id(), null)).isEqualTo(new ReplayReport(0, 1, Map.of(), true));
            send(scenario, 42);
            Scenario.waitFor("another copy skipped", () -> application.deliveries("duplicate") == 2);
            assertThat(scenario.effects().of("m-42")).isOne();
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isZero();
        }
    }

    @Test
    void isParkedAgainWhenItFailsAgain() {
        try (Scenario scenario = parkingAtOnce(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            DeadLetters letters = scenario.start("one", EffectListener.class, this.step).bean(DeadLetters.class);
            send(scenario, 42);
            DeadLetter first = onlyLetter(letters, DeadLetterStatus.PARKED);
            assertThat(letters.replay(first.id(), null).sent()).isOne();
            Scenario.waitFor("parked again", () -> letter(letters).parkings() == 2);
            assertThat(letter(letters).id()).isEqualTo(first.id());
            assertThat(letter(letters).status()).isEqualTo(DeadLetterStatus.PARKED);

            assertThat(letters.discard(first.id(), "of no use", "me")).contains(DeadLetterStatus.DISCARDED);
            this.works.set(true);
            assertThat(letters.replay(DeadLetterFilter.all(), ReplayOptions.defaults()).sent()).isZero();
            assertThat(scenario.effects().total()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB" })
    @Tag("faults")
    void isNeverAcknowledgedWithoutALetter(Guarding guarding) {
        try (Scenario scenario = parkingAtOnce(guarding);
                TcpProxy proxy = TcpProxy.start(scenario.database().host(), scenario.database().port())) {
            TestDatabase direct = scenario.database();
            AtomicInteger cuts = new AtomicInteger();
            scenario.connectTo(direct.through(proxy)).with("spring.datasource.hikari.connection-timeout", "1000");
            RunningApplication application = scenario.start("one", EffectListener.class, (key, effect) -> {
                if (cuts.getAndIncrement() == 0) {
                    proxy.cut();
                }
                throw new IllegalStateException("not today");
            });
            send(scenario, 42);
            Scenario.waitFor("parking failed, and again", () -> application.deliveries("failed") >= 2);
            assertThat(application.deliveries("parked", "duplicate")).isZero();
            assertThat(countLetters(direct)).isZero();

            proxy.restore();
            Scenario.waitFor("parked", () -> application.deliveries("parked") == 1);
            assertThat(countLetters(direct)).isOne();
            scenario.waitUntilDrained();
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isZero();
        }
    }

    @Test
    void isParkedOnceEvenIfItCannotBeRead() {
        try (Scenario scenario = parkingAtOnce(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            DeadLetters letters = scenario.start("one", FailingListenerIT.OrderListener.class, this.step)
                .bean(DeadLetters.class);
            send(scenario, 42);
            DeadLetter letter = onlyLetter(letters, DeadLetterStatus.PARKED);
            assertThat(letter.reason()).isEqualTo(ParkingReason.UNREADABLE);
            assertThat(letter.exceptionMessage()).doesNotContain("m-42");
            send(scenario, 42);
            Scenario.waitFor("parked again", () -> letter(letters).parkings() == 2);
            assertThat(letters.get(letter.id()).map(DeadLetterDetails::message).orElseThrow().payload()).asString()
                .isEqualTo("m-42");
        }
    }

    @Test
    void goesBackToItsOrderedGroupOnly() {
        try (Scenario scenario = parkingAtOnce(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            DeadLetters letters = scenario.start("one", OrderedEffectListener.class, this.step).bean(DeadLetters.class);
            scenario.sender()
                .send(ReliableMessage.to(scenario.topic()).payload("m-42").id(42L).orderingKey("o").build());
            DeadLetter letter = onlyLetter(letters, DeadLetterStatus.PARKED);
            assertThat(letter.orderingKey()).isEqualTo("o");
            this.works.set(true);
            assertThat(letters.replay(letter.id(), null).failed()).isEmpty();
            onlyLetter(letters, DeadLetterStatus.RESOLVED);
            assertThat(scenario.effects().of("m-42")).isOne();
            assertThat(scenario.broker().messages(scenario.topic()).get(1).getUserProperty("RELIABLE_TARGET_GROUP"))
                .isEqualTo(scenario.group());
        }
    }

    @Test
    void isKeptInBothPlacesIfWished() {
        try (Scenario scenario = parkingAtOnce(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.with("reliable-mq.dead-letter.storage", "both");
            DeadLetters letters = scenario.start("one", EffectListener.class, this.step).bean(DeadLetters.class);
            send(scenario, 42);
            onlyLetter(letters, DeadLetterStatus.PARKED);
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isOne();
            assertThat(letters.drain(scenario.group(), 100)).isEqualTo(new DrainReport(scenario.group(), 0, 1, 0));
        }
    }

    @Test
    void isSkippedByRecordsInRedisToo() {
        try (Scenario scenario = parkingAtOnce(Guarding.LEASE_ON_REDIS)) {
            scenario.with("reliable-mq.idempotency.store", "auto").withListener("idempotency.store", "redis");
            RunningApplication application = scenario.start("one", EffectListener.class, this.step);
            DeadLetters letters = application.bean(DeadLetters.class);
            send(scenario, 42);
            DeadLetter letter = onlyLetter(letters, DeadLetterStatus.PARKED);
            send(scenario, 42);
            Scenario.waitFor("a copy skipped", () -> application.deliveries("duplicate") == 1);
            assertThat(this.calls).hasValue(1);
            this.works.set(true);
            assertThat(letters.replay(letter.id(), null).sent()).isOne();
            onlyLetter(letters, DeadLetterStatus.RESOLVED);
            assertThat(letters.replay(letter.id(), null).sent()).isZero();
            assertThat(scenario.effects().of("m-42")).isOne();
        }
    }

    @Test
    void isDrainedFromTheBrokersTopic() {
        int messages = 20;
        try (Scenario scenario = parkingAtOnce(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.with("reliable-mq.dead-letter.storage", "broker");
            try (RunningApplication before = scenario.start("before", EffectListener.class, this.step)) {
                ReliableMQTemplate sender = scenario.sender();
                Sending.keys(messages).forEach((key) -> sender.send(scenario.topic(), key));
                Scenario.waitFor("parked at the broker", () -> before.deliveries("parked") == messages);
                scenario.waitUntilDrained();
            }
            scenario.with("reliable-mq.dead-letter.storage", "auto");
            this.works.set(true);
            RunningApplication application = scenario.start("after", EffectListener.class, this.step);
            DeadLetters letters = application.bean(DeadLetters.class);

            assertThat(letters.drain(scenario.group(), 7)).isEqualTo(new DrainReport(scenario.group(), 7, 0, 13));
            assertThat(letters.drain(scenario.group(), 100)).isEqualTo(new DrainReport(scenario.group(), 13, 0, 0));
            assertThat(letters.drain(scenario.group(), 100)).isEqualTo(new DrainReport(scenario.group(), 0, 0, 0));
            List<DeadLetter> found = letters.find(DeadLetterFilter.all(), 0, 100);
            assertThat(found).hasSize(messages).allSatisfy((letter) -> {
                assertThat(letter.reason()).isEqualTo(ParkingReason.DRAINED);
                assertThat(letter.topic()).isEqualTo(scenario.topic());
                assertThat(letter.exception()).isEqualTo(IllegalStateException.class.getName());
            });
            assertThat(letters.replay(DeadLetterFilter.all().withException("IllegalStateException"),
                    ReplayOptions.defaults().withLimit(5).withPerSecond(1000)))
                .isEqualTo(new ReplayReport(5, 0, Map.of(), true));
            letters.replay(DeadLetterFilter.all(), ReplayOptions.defaults().withPerSecond(1000));
            Scenario.waitFor("effects", () -> scenario.effects().total() == messages);
            Scenario.waitFor("resolved",
                    () -> letters.find(DeadLetterFilter.all().withStatus(DeadLetterStatus.RESOLVED), 0, 100)
                        .size() == messages);
            assertThat(scenario.effects().doubled()).isZero();
        }
    }

    /** Foreign senders: an ordered queue goes on behind each, at once. */
    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB" })
    void isParkedWhateverASenderWrote(Guarding guarding) throws Exception {
        try (Scenario scenario = new Scenario(guarding, Broker.shared(), 1).withListener("retry.max-attempts", "1")
            .with("reliable-mq.dead-letter.storage", "both")) {
            RunningApplication application = scenario.start("one", OrderedEffectListener.class, (key, effect) -> {
                if (key.startsWith("bad")) {
                    this.step.handle(key, effect);
                }
                else {
                    effect.run();
                }
            });
            DefaultMQProducer producer = application.bean(RocketMQTemplate.class).getProducer();
            List<String> poison = List.of(MessageConst.PROPERTY_KEYS, MessageConst.PROPERTY_TAGS, "header",
                    MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX);
            for (String name : poison) {
                Message message = new Message(scenario.topic(), ("bad-" + name).getBytes(StandardCharsets.UTF_8));
                String value = name.equals("header") ? "h".repeat(32_300) : "a\0b" + "u".repeat(300);
                MessageAccessor.putProperty(message, name, value);
                producer.send(message);
            }
            producer.send(new Message(scenario.topic(), "good".getBytes(StandardCharsets.UTF_8)));
            Scenario.waitFor("the queue goes on", () -> scenario.effects().of("good") == 1);
            assertThat(application.deliveries("parked")).isEqualTo(poison.size());
            assertThat(application.deliveries("failed")).isZero();
            assertThat(this.calls).as("all but the one without an identity").hasValue(3);
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isEqualTo(poison.size());

            DeadLetters letters = application.bean(DeadLetters.class);
            assertThat(letters.drain(scenario.group(), 100)).isEqualTo(new DrainReport(scenario.group(), 0, 4, 0));
            this.works.set(true);
            letters.replay(DeadLetterFilter.all().withException("IllegalStateException"), ReplayOptions.defaults());
            Scenario.waitFor("replayed as they were", () -> scenario.effects().total() >= 3);
            assertThat(scenario.effects().doubled()).isZero();
        }
    }

    /** One that can never be stored keeps none of the others in the topic. */
    @Test
    void isDrainedAroundOneThatCannotBeStored() {
        try (Scenario scenario = parkingAtOnce(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.with("reliable-mq.dead-letter.storage", "both");
            RunningApplication application = scenario.start("one", EffectListener.class, this.step);
            ReliableMQTemplate sender = scenario.sender();
            Sending.keys(6).forEach((key) -> sender.send(scenario.topic(), key));
            Scenario.waitFor("parked", () -> application.deliveries("parked") == 6);
            DeadLetterTransport office = application.bean(DeadLetterTransport.class);
            AtomicInteger read = new AtomicInteger();
            DrainReport report = office.drain(scenario.group(), 100, (parking) -> {
                if (read.getAndIncrement() == 2) {
                    throw new IllegalArgumentException("never");
                }
                return ParkingResult.PARKED;
            });
            assertThat(report.stored()).isEqualTo(5);
            assertThat(report.failed().values()).singleElement().asString().contains("never", "offset");
            assertThat(report.left()).isZero();
            assertThat(office.drain(scenario.group(), 100, (parking) -> ParkingResult.PARKED).stored()).isZero();
        }
    }

    private static Scenario parkingAtOnce(Guarding guarding) {
        return new Scenario(guarding).withListener("retry.max-attempts", "1").withListener("retry.backoff", "1s");
    }

    private static void send(Scenario scenario, long id) {
        scenario.sender().send(ReliableMessage.to(scenario.topic()).payload("m-" + id).id(id).build());
    }

    private static DeadLetter onlyLetter(DeadLetters letters, DeadLetterStatus status) {
        Scenario.waitFor(status.name(),
                () -> !letters.find(DeadLetterFilter.all().withStatus(status), 0, 10).isEmpty());
        return letter(letters);
    }

    private static DeadLetter letter(DeadLetters letters) {
        List<DeadLetter> all = letters.find(DeadLetterFilter.all(), 0, 10);
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    private static int countLetters(TestDatabase database) {
        Integer count = database.threadSafeJdbc()
            .queryForObject("SELECT COUNT(*) FROM reliable_mq_dead_letter", Integer.class);
        return (count != null) ? count : 0;
    }

}

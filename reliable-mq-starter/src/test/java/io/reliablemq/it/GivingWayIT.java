package io.reliablemq.it;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ReplayOptions;
import io.reliablemq.degradation.Degradation;
import io.reliablemq.degradation.DegradationLevel;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import io.reliablemq.reconcile.jdbc.JdbcConsumptionRecords;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.annotation.SelectorType;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages of a listener that gives way are deferred or dropped.
 */
@Tag("faults")
@Timeout(300)
class GivingWayIT {

    private static final int MESSAGES = 12;

    @Test
    void defersWithTheSameIdsAndOneEffect() {
        try (Scenario scenario = givingWay("deferred")) {
            RunningApplication application = scenario.start("one", EffectListener.class);
            application.bean(Degradation.class).force(DegradationLevel.FIRST, null);
            List<SendReceipt> sent = send(scenario);
            Scenario.waitFor("deferred", () -> application.deliveries("deferred") > MESSAGES);

            assertThat(rows(application, "reliable_mq_inbox")).as("no claim").isZero();
            assertThat(rows(application, "reliable_mq_attempt")).as("no attempt").isZero();
            assertThat(scenario.effects().total()).isZero();
            application.bean(Degradation.class).release(null);

            Scenario.waitFor("effects", () -> scenario.effects().total() == MESSAGES);
            scenario.waitUntilDrained();
            assertThat(scenario.effects().doubled()).isZero();
            assertThat(rows(application, "reliable_mq_attempt")).isZero();
            assertThat(scenario.effects().attemptsOf("m-0")).as("no retry is used up").containsExactly(1);
            assertThat(scenario.broker().messages(scenario.retryTopic())).allSatisfy((copy) -> {
                assertThat(copy.getUserProperty(ReliableHeaders.DEFERRALS)).isNotNull();
                assertThat(sent).anySatisfy((receipt) -> {
                    assertThat(copy.getUserProperty(ReliableHeaders.ID)).isEqualTo(Long.toString(receipt.id()));
                    assertThat(MessageClientIDSetter.getUniqID(copy)).isEqualTo(receipt.msgId());
                });
            });
            assertThat(states(application, scenario, sent)).containsOnly(ConsumptionState.DONE).hasSize(MESSAGES);
        }
    }

    @Test
    void hasOneEffectAfterACrashBetweenCopyAndAcknowledgement() {
        try (Scenario scenario = givingWay("deferred")) {
            RunningApplication application = scenario.start("one", EffectListener.class);
            application.bean(Degradation.class).force(DegradationLevel.FIRST, null);
            scenario.sender().send(scenario.topic(), "m");
            Scenario.waitFor("deferred", () -> application.deliveries("deferred") > 0);
            // What an unacknowledged original comes to: another delivery of the same.
            MessageExt original = scenario.broker().messages(scenario.topic()).get(0);
            application.bean(GroupRedelivery.class).toConcurrent(original, scenario.group());
            Scenario.waitFor("deferred twice", () -> application.deliveries("deferred") > 3);
            application.bean(Degradation.class).release(null);

            Scenario.waitFor("skipped", () -> application.deliveries("duplicate") == 1);
            scenario.waitUntilDrained();
            assertThat(scenario.effects().total()).isOne();
        }
    }

    @Test
    void isNotTakenForLostWhileItIsDeferred() {
        try (Scenario scenario = givingWay("deferred")) {
            scenario.with("reliable-mq.reconcile.grace", "1ms")
                .with("reliable-mq.degradation.defer-delay", "3s")
                .with("reliable-mq.outbox.mode", "always");
            Instant begin = Instant.now();
            RunningApplication application = scenario.start("one", EffectListener.class);
            application.bean(Degradation.class).force(DegradationLevel.FIRST, null);
            send(scenario);
            Scenario.waitFor("deferred", () -> application.deliveries("deferred") >= MESSAGES);
            Scenario.waitFor("acknowledged",
                    () -> scenario.broker()
                        .committedOffsets(scenario.group(), scenario.topic())
                        .values()
                        .stream()
                        .mapToLong(Long::longValue)
                        .sum() == MESSAGES && scenario.effects().outboxed() == 0);

            Reconciler reconciler = application.bean(Reconciler.class);
            GroupReport report = reconciler
                .run(new Window(begin.minusSeconds(1), Instant.now().plusSeconds(1)), 0, 1,
                        reconciler.options().withDryRun(true))
                .group(scenario.group())
                .orElseThrow();

            assertThat(report.counts()).isEqualTo(Map.of(Verdict.IN_RETRY, (long) MESSAGES));
        }
    }

    @Test
    void defersOnlyWhatTheGroupsFilterLetsPass() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.with("reliable-mq.degradation.defer-delay", "1s");
            for (String group : List.of("tagged", "selected")) {
                String prefix = "reliable-mq.listeners.[" + scenario.group() + "-" + group + "].";
                scenario.with(prefix + "priority", "low").with(prefix + "on-overload", "deferred");
            }
            RunningApplication application = scenario.start("one", Filtering.class);
            application.bean(Degradation.class).force(DegradationLevel.FIRST, null);
            ReliableMQTemplate sender = scenario.sender();
            for (int i = 0; i < 4; i++) {
                sender.send(to(scenario.topic() + ":wanted", "t-" + i, "other"));
                sender.send(to(scenario.topic() + ":other", "s-" + i, "wanted"));
                sender.send(to(scenario.topic() + ":other", "n-" + i, "other"));
            }
            Scenario.waitFor("deferred", () -> application.deliveries("deferred") > 8);
            application.bean(Degradation.class).release(null);

            Scenario.waitFor("effects", () -> scenario.effects().total() >= 8);
            Scenario.waitFor("copies consumed", () -> application.deliveries("processed") == 8);
            assertThat(scenario.effects().inOrder()).containsExactlyInAnyOrder("t-0", "t-1", "t-2", "t-3", "s-0", "s-1",
                    "s-2", "s-3");
        }
    }

    @Test
    void dropsWithARecordThatCanBeReplayed() {
        try (Scenario scenario = givingWay("dropped")) {
            RunningApplication application = scenario.start("one", EffectListener.class);
            application.bean(Degradation.class).force(DegradationLevel.FIRST, null);
            List<SendReceipt> sent = send(scenario);
            Scenario.waitFor("dropped", () -> application.deliveries("dropped") == MESSAGES);

            assertThat(scenario.effects().total()).isZero();
            assertThat(states(application, scenario, sent)).containsOnly(ConsumptionState.DROPPED).hasSize(MESSAGES);
            assertThat(letters(application)).hasSize(MESSAGES)
                .allMatch((letter) -> letter.reason() == ParkingReason.DROPPED)
                .allMatch((letter) -> letter.status() == DeadLetterStatus.PARKED);
            // As after a crash between the record and the acknowledgement.
            MessageExt original = scenario.broker().messages(scenario.topic()).get(0);
            application.bean(GroupRedelivery.class).toConcurrent(original, scenario.group());
            Scenario.waitFor("known", () -> application.deliveries("duplicate") == 1);
            assertThat(letters(application)).hasSize(MESSAGES).allMatch((letter) -> letter.parkings() == 1);

            application.bean(DeadLetters.class).replay(DeadLetterFilter.all(), ReplayOptions.defaults());

            Scenario.waitFor("a person's wish goes before", () -> scenario.effects().total() == MESSAGES);
            scenario.waitUntilDrained();
            assertThat(scenario.effects().doubled()).isZero();
            assertThat(letters(application)).allMatch((letter) -> letter.status() == DeadLetterStatus.RESOLVED);
            assertThat(application.deliveries("dropped")).isEqualTo(MESSAGES);
        }
    }

    @Test
    void dropsWithARecordOnlyWhereDeadLettersAreKeptAtTheBroker() {
        try (Scenario scenario = givingWay("dropped").with("reliable-mq.dead-letter.storage", "broker")) {
            RunningApplication application = scenario.start("one", EffectListener.class);
            application.bean(Degradation.class).force(DegradationLevel.FIRST, null);
            List<SendReceipt> sent = send(scenario);
            Scenario.waitFor("dropped", () -> application.deliveries("dropped") == MESSAGES);
            application.bean(Degradation.class).release(null);
            scenario.waitUntilDrained();

            assertThat(states(application, scenario, sent)).containsOnly(ConsumptionState.DROPPED).hasSize(MESSAGES);
            assertThat(scenario.effects().total()).isZero();
            assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isZero();
        }
    }

    private static Scenario givingWay(String action) {
        return new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL).with("reliable-mq.degradation.defer-delay", "1s")
            .with("reliable-mq.degradation.enabled", "false")
            .withListener("priority", "low")
            .withListener("on-overload", action);
    }

    private static List<SendReceipt> send(Scenario scenario) {
        ReliableMQTemplate sender = scenario.sender();
        return Sending.keys(MESSAGES)
            .stream()
            .map((key) -> sender.send(ReliableMessage.to(scenario.topic()).payload(key).build()))
            .toList();
    }

    private static ReliableMessage<String> to(String destination, String key, String kind) {
        return ReliableMessage.to(destination).payload(key).header("kind", kind).build();
    }

    private static int rows(RunningApplication application, String table) {
        Integer rows = application.bean(JdbcTemplate.class)
            .queryForObject("SELECT COUNT(*) FROM " + table, Integer.class);
        return (rows != null) ? rows : 0;
    }

    private static List<DeadLetter> letters(RunningApplication application) {
        return application.bean(DeadLetters.class).find(DeadLetterFilter.all(), 0, 100);
    }

    private static List<ConsumptionState> states(RunningApplication application, Scenario scenario,
            List<SendReceipt> sent) {
        long[] ids = sent.stream().flatMapToLong((receipt) -> LongStream.of(receipt.id())).toArray();
        return List.copyOf(application.bean(JdbcConsumptionRecords.class).find(scenario.group(), ids).values());
    }

    /** Two groups that do not want every message of the topic. */
    @Import({ TaggedListener.class, SelectingListener.class })
    static class Filtering {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}-tagged",
            selectorExpression = "wanted")
    static class TaggedListener extends FilteringListener {

        TaggedListener(Work work) {
            super(work);
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}-selected",
            selectorType = SelectorType.SQL92, selectorExpression = "kind = 'wanted'")
    static class SelectingListener extends FilteringListener {

        SelectingListener(Work work) {
            super(work);
        }

    }

    private abstract static class FilteringListener
            implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

        private final Work work;

        FilteringListener(Work work) {
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

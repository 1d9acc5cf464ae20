package io.reliablemq.it;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

import io.reliablemq.ReliableMQException;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.deadletter.ReplayOptions;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.ExtRocketMQTemplateConfiguration;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * One application consumes from two clusters, in the name of one group: what belongs to
 * one of them never gets to the other. Both brokers have the same name.
 */
@Timeout(300)
class SecondClusterIT {

    private static EmbeddedRocketMQBroker second;

    private final Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL);

    private RunningApplication application;

    @BeforeAll
    static void startSecond() {
        second = Broker.start();
    }

    @AfterAll
    static void stopSecond() {
        second.close();
    }

    @BeforeEach
    void forgetOthers() {
        Received.MESSAGES.clear();
        Received.WORKS.set(false);
        second.createTopic(this.scenario.topic(), Scenario.QUEUES);
        this.scenario.with("second.name-server", "http://" + second.nameServerAddress())
            .with("reliable-mq.ledger.topics", this.scenario.topic())
            .with("reliable-mq.reconcile.grace", "0s")
            .with("reliable-mq.reconcile.dry-run", "false")
            .withListener("retry.max-attempts", "1");
    }

    @AfterEach
    void close() {
        if (this.application != null) {
            this.application.close();
        }
        this.scenario.close();
    }

    @Test
    void replaysLettersOnTheirOwnCluster() {
        start();
        sendToBoth();
        DeadLetters letters = this.application.bean(DeadLetters.class);
        Scenario.waitFor("parked", () -> letters(DeadLetterStatus.PARKED).size() == 2);
        assertThat(letters(DeadLetterStatus.PARKED)).extracting(DeadLetter::cluster)
            .containsExactlyInAnyOrder("default", "second");

        Received.WORKS.set(true);
        assertThat(letters.replay(DeadLetterFilter.all(), ReplayOptions.defaults()).sent()).isEqualTo(2);

        Scenario.waitFor("resolved", () -> letters(DeadLetterStatus.RESOLVED).size() == 2);
        assertThat(Received.MESSAGES).containsExactlyInAnyOrder("first: a", "second: b");
        assertThat(second.messageCount(this.scenario.retryTopic())).isOne();
        assertThat(this.scenario.broker().messageCount(this.scenario.retryTopic())).isOne();
    }

    @Test
    @Tag("faults")
    void parksInAndDrainsTheDeadLetterTopicsOfBoth() {
        this.scenario.with("reliable-mq.dead-letter.storage", "broker");
        start();
        sendToBoth();
        String topic = this.scenario.deadLetterTopic();
        Scenario.waitFor("parked there", () -> second.messageCount(topic) == 1);
        Scenario.waitFor("parked here", () -> this.scenario.broker().messageCount(topic) == 1);
        startWithDatabase();

        DeadLetters letters = this.application.bean(DeadLetters.class);
        assertThat(letters.drain(this.scenario.group(), 100).stored()).isEqualTo(2);

        assertThat(letters(DeadLetterStatus.PARKED)).extracting(DeadLetter::cluster)
            .containsExactlyInAnyOrder("default", "second");
        Received.WORKS.set(true);
        assertThat(letters.replay(DeadLetterFilter.all(), ReplayOptions.defaults()).sent()).isEqualTo(2);
        Scenario.waitFor("processed", () -> Received.MESSAGES.size() == 2);
        assertThat(Received.MESSAGES).containsExactlyInAnyOrder("first: a", "second: b");
    }

    @Test
    @Tag("faults")
    void drainsTheOneThatHasDeadLetters() {
        this.scenario.with("reliable-mq.dead-letter.storage", "broker");
        start();
        toSecond().send(this.scenario.topic(), "b");
        Scenario.waitFor("parked there", () -> second.messageCount(this.scenario.deadLetterTopic()) == 1);
        startWithDatabase();

        DeadLetters letters = this.application.bean(DeadLetters.class);
        assertThat(letters.drain(this.scenario.group(), 100)).satisfies((report) -> {
            assertThat(report.stored()).isOne();
            assertThat(report.failed()).containsOnlyKeys("cluster default");
        });
    }

    @Test
    void comparesAndMakesUpForWhatIsLostOnEach() {
        Received.WORKS.set(true);
        Instant begin = Instant.now().minusSeconds(1);
        start();
        JdbcTemplate jdbc = this.scenario.database().threadSafeJdbc();
        Scenario.waitFor("registered on both",
                () -> jdbc.queryForList("SELECT cluster FROM reliable_mq_group ORDER BY cluster", String.class)
                    .equals(List.of("default", "second")));
        sendToBoth();
        Scenario.waitFor("processed", () -> Received.MESSAGES.size() == 2);
        Scenario.waitFor("noted and acknowledged", () -> {
            this.application.persistOffsets();
            return report(begin, true).counts().equals(Map.of(Verdict.OK, 2L));
        });
        jdbc.update("DELETE FROM reliable_mq_inbox");

        Scenario.waitFor("acknowledged", () -> {
            this.application.persistOffsets();
            return report(begin, true).counts().equals(Map.of(Verdict.ACKED_NO_EFFECT, 2L));
        });
        GroupReport report = report(begin, false);

        assertThat(report.resent()).isEqualTo(2);
        assertThat(report.cluster()).isEqualTo("default,second");
        Scenario.waitFor("made up for", () -> Received.MESSAGES.size() == 4);
        assertThat(Received.MESSAGES).containsExactlyInAnyOrder("first: a", "second: b", "first: a", "second: b");
        assertThat(jdbc.queryForList("SELECT DISTINCT cluster FROM reliable_mq_reconcile_run", String.class))
            .containsExactly("default,second");
    }

    @Test
    void readsTheBacklogOfEach() {
        Received.WORKS.set(true);
        start();
        sendToBoth();
        Scenario.waitFor("processed", () -> Received.MESSAGES.size() == 2);
        BacklogProbe probe = this.application.bean(BacklogProbe.class);

        Scenario.waitFor("read", () -> {
            this.application.persistOffsets();
            return probe.refresh().of(this.scenario.group()).size() == 2;
        });

        assertThat(probe.latest().of(this.scenario.group())).extracting(GroupBacklog::cluster)
            .containsExactlyInAnyOrder("default", "second");
        assertThat(probe.latest().problems()).isEmpty();
    }

    @Test
    void redeliversOnlyWhereItIsClearWhichClusterIsMeant() {
        Received.WORKS.set(true);
        start();
        toSecond().send(this.scenario.topic(), "b");
        Scenario.waitFor("processed", () -> Received.MESSAGES.size() == 1);
        MessageExt message = second.messages(this.scenario.topic()).get(0);

        assertThatExceptionOfType(ReliableMQException.class)
            .isThrownBy(() -> this.application.bean(GroupRedelivery.class).toConcurrent(message, this.scenario.group()))
            .withMessageContaining("[default, second]");
        assertThat(this.scenario.broker().messageCount(this.scenario.retryTopic())).isZero();
    }

    private void start() {
        this.application = new RunningApplication(this.scenario.propertiesOf("one"), null, OnFirst.class,
                OnSecond.class, SecondTemplate.class);
    }

    /** The letters at the broker are left to it. */
    private void startWithDatabase() {
        this.application.close();
        this.scenario.with("reliable-mq.dead-letter.storage", "auto");
        start();
    }

    private void sendToBoth() {
        this.application.bean(ReliableMQTemplate.class).send(this.scenario.topic(), "a");
        toSecond().send(this.scenario.topic(), "b");
    }

    private ReliableMQTemplate toSecond() {
        return this.application.bean(ReliableMQTemplate.class).on(this.application.bean(SecondTemplate.class));
    }

    private List<DeadLetter> letters(DeadLetterStatus status) {
        return this.application.bean(DeadLetters.class).find(DeadLetterFilter.all().withStatus(status), 0, 10);
    }

    private GroupReport report(Instant begin, boolean dryRun) {
        Reconciler reconciler = this.application.bean(Reconciler.class);
        return reconciler.run(new Window(begin, Instant.now()), 0, 1, reconciler.options().withDryRun(dryRun))
            .group(this.scenario.group())
            .orElseThrow();
    }

    @ExtRocketMQTemplateConfiguration(value = "second", nameServer = "${second.name-server}",
            group = "second-${effects.group}")
    static class SecondTemplate extends RocketMQTemplate {

    }

    /** What the listeners have processed, and where. */
    private static final class Received {

        static final List<String> MESSAGES = new CopyOnWriteArrayList<>();

        static final AtomicBoolean WORKS = new AtomicBoolean();

        static void at(String cluster, String message) {
            if (!WORKS.get()) {
                throw new IllegalStateException("not today");
            }
            MESSAGES.add(cluster + ": " + message);
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}")
    static class OnFirst implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

        @Override
        public void onMessage(String message) {
            Received.at("first", message);
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            FasterConsumer.configure(consumer);
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}",
            nameServer = "${second.name-server}")
    static class OnSecond implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

        @Override
        public void onMessage(String message) {
            Received.at("second", message);
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            FasterConsumer.configure(consumer);
        }

    }

}

package io.reliablemq.test.topic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.topic.RocketMQTopics;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import io.reliablemq.test.topic.TopicClients.Subscriber;
import io.reliablemq.topic.BrokerQueues;
import io.reliablemq.topic.ResizeOutcome;
import io.reliablemq.topic.ResizeReport;
import io.reliablemq.topic.ResizeRequest;
import io.reliablemq.topic.TopicDeclaration;
import org.apache.rocketmq.common.message.Message;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Topics of two brokers, created and resized, with a crash after every step.
 */
@Tag("faults")
@Timeout(180)
class TopicResizeIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final String ONE = "embedded-broker";

    private static final String TWO = "second-broker";

    private static final Consumer<String> NOTHING = (step) -> {
    };

    private static EmbeddedRocketMQBroker one;

    private static EmbeddedRocketMQBroker two;

    private static TopicClients clients;

    @BeforeAll
    static void start() throws Exception {
        one = EmbeddedRocketMQBroker.builder().autoCreateTopics(false).start();
        two = EmbeddedRocketMQBroker.builder().autoCreateTopics(false).nextTo(one, TWO).start();
        clients = new TopicClients(one.nameServerAddress());
    }

    @AfterAll
    static void stop() {
        clients.close();
        two.close();
        one.close();
    }

    @Test
    void createsWhatIsDeclaredOnEveryBrokerOnce() {
        RocketMQTopics topics = topics(NOTHING);
        TopicDeclaration declaration = TopicDeclaration.of("created").withQueues(6).withOrder(true);

        assertThat(topics.differences(declaration)).singleElement().asString().contains("does not exist");
        assertThat(topics.create(declaration)).hasSize(2);
        assertThat(topics.create(declaration)).isEmpty();
        assertThat(topics.differences(declaration)).isEmpty();
        await().atMost(LIMIT).until(() -> topics.describe("created").brokers().size() == 2);
        assertThat(topics.describe("created").brokers()).containsExactly(new BrokerQueues(ONE, 6, 6),
                new BrokerQueues(TWO, 6, 6));
    }

    @Test
    void reportsWhatIsOtherwiseAndChangesNothing() throws Exception {
        create("existing", 4);
        clients.send("existing", ONE, 0, "used");
        RocketMQTopics topics = topics(NOTHING);
        TopicDeclaration declaration = TopicDeclaration.of("existing").withQueues(6).withOrder(true);

        assertThat(topics.create(declaration)).isEmpty();
        assertThat(topics.differences(declaration)).hasSize(4)
            .anySatisfy((it) -> assertThat(it).contains("has 4 queues on broker " + ONE).contains("6 are declared"))
            .anySatisfy((it) -> assertThat(it).contains("not marked as ordered on broker " + TWO));
        assertThat(queues("existing", topics)).containsExactly("4/4", "4/4");
        assertThatExceptionOfType(io.reliablemq.InvalidConfigurationException.class)
            .isThrownBy(() -> topics.differences(declaration.withCluster("nowhere")))
            .withMessageContaining("[embedded-cluster]");
    }

    @Test
    void completesACreationThatEndedHalfWay() throws Exception {
        one.createTopic("half", 5);
        TopicDeclaration declaration = TopicDeclaration.of("half").withQueues(5);
        RocketMQTopics topics = topics(NOTHING);

        assertThat(topics.create(declaration)).singleElement().asString().contains(TWO);

        one.createTopic("half-used", 5);
        clients.send("half-used", ONE, 0, "used");
        assertThat(topics.create(TopicDeclaration.of("half-used").withQueues(5))).isEmpty();
        assertThat(topics.differences(TopicDeclaration.of("half-used").withQueues(5))).singleElement()
            .asString()
            .contains("missing on broker " + TWO);
    }

    /**
     * A group that is down has its place in each new queue before that is written,
     * wherever the change ends.
     */
    @Test
    void growsSafelyWhereverItIsCutOff() throws Exception {
        int crash = 0;
        boolean completed = false;
        while (!completed) {
            String topic = "growing-" + crash;
            create(topic, 2);
            sleepers(topic, "sleeper");

            completed = cutOff(topic, 5, crash);

            for (BrokerQueues queues : topics(NOTHING).describe(topic).brokers()) {
                assertThat(queues.read()).as("after step " + crash).isGreaterThanOrEqualTo(queues.write());
                assertThat(committed(queues.broker(), "sleeper-" + topic, topic).keySet())
                    .containsAll(range(queues.write()));
            }
            ResizeReport report = topics(NOTHING).resize(request(topic, 5));
            assertThat(report.outcome()).as(report.toString()).isIn(ResizeOutcome.UNCHANGED, ResizeOutcome.DONE);
            assertThat(report.after()).containsExactly(new BrokerQueues(ONE, 5, 5), new BrokerQueues(TWO, 5, 5));
            for (String broker : List.of(ONE, TWO)) {
                assertThat(committed(broker, "sleeper-" + topic, topic).keySet()).isEqualTo(range(5));
            }
            crash++;
        }
        assertThat(crash).as("steps").isGreaterThanOrEqualTo(6);
    }

    @Test
    void refusesToShrinkBeforeASleepingGroupHasReadAllAndDoesSoAfterwards() throws Exception {
        create("shrinking", 6);
        sleepers("shrinking", "slow");
        clients.send("shrinking", TWO, 5, "waits");
        RocketMQTopics topics = topics(NOTHING);

        ResizeReport refused = topics.resize(request("shrinking", 2));

        assertThat(refused.outcome()).isEqualTo(ResizeOutcome.REFUSED);
        assertThat(refused.steps()).isEmpty();
        assertThat(refused.warnings()).singleElement()
            .asString()
            .contains("'slow-shrinking' has not consumed 1 messages in the queues to go on " + TWO)
            .contains("None of its consumers is alive");
        assertThat(queues("shrinking", topics)).containsExactly("6/6", "6/6");

        try (Subscriber subscriber = clients.subscribe("shrinking", "slow-shrinking")) {
            await().atMost(LIMIT).until(() -> subscriber.received().contains("waits"));
            ResizeReport done = topics.resize(request("shrinking", 2));

            assertThat(done.outcome()).as(done.toString()).isEqualTo(ResizeOutcome.DONE);
            assertThat(done.after()).containsExactly(new BrokerQueues(ONE, 2, 2), new BrokerQueues(TWO, 2, 2));
            clients.send("shrinking", "later");
            await().atMost(LIMIT).until(() -> subscriber.received().contains("later"));
        }
    }

    @Test
    void shrinksWithoutAGroupThatIsGivenUp() throws Exception {
        create("left", 3);
        sleepers("left", "gone");
        clients.send("left", ONE, 2, "never read");
        RocketMQTopics topics = topics(NOTHING);

        assertThat(topics.resize(request("left", 1)).outcome()).isEqualTo(ResizeOutcome.REFUSED);
        ResizeReport done = topics.resize(request("left", 1).withAbandoned(Set.of("gone-left")));

        assertThat(done.outcome()).isEqualTo(ResizeOutcome.DONE);
        assertThat(done.warnings()).anySatisfy((it) -> assertThat(it).contains("Queue 2 on " + ONE + " is closed"));
        assertThat(topics.describe("left").notes())
            .anySatisfy((it) -> assertThat(it).contains("3 queues large again to have them read"));

        assertThat(topics.resize(request("left", 3)).outcome()).isEqualTo(ResizeOutcome.DONE);
        try (Subscriber subscriber = clients.subscribe("left", "gone-left")) {
            await().atMost(LIMIT).until(() -> subscriber.received().contains("never read"));
        }
    }

    @Test
    void shrinksSafelyWhereverItIsCutOff() throws Exception {
        int crash = 0;
        boolean completed = false;
        while (!completed) {
            String topic = "closing-" + crash;
            create(topic, 4);
            sleepers(topic, "reader");
            try (Subscriber subscriber = clients.subscribe(topic, "reader-" + topic)) {
                for (int queue = 0; queue < 4; queue++) {
                    clients.send(topic, ONE, queue, "one-" + queue);
                    clients.send(topic, TWO, queue, "two-" + queue);
                }
                await().atMost(LIMIT).until(() -> subscriber.received().size() == 8);

                completed = cutOff(topic, 2, crash);

                topics(NOTHING).describe(topic)
                    .brokers()
                    .forEach((queues) -> assertThat(queues.read()).isGreaterThanOrEqualTo(queues.write()));
                ResizeReport report = topics(NOTHING).resize(request(topic, 2));
                assertThat(report.outcome()).as(report.toString()).isIn(ResizeOutcome.UNCHANGED, ResizeOutcome.DONE);
                assertThat(report.after()).containsExactly(new BrokerQueues(ONE, 2, 2), new BrokerQueues(TWO, 2, 2));
                assertThat(subscriber.received()).hasSize(8).doesNotHaveDuplicates();
            }
            crash++;
        }
        assertThat(crash).as("steps").isEqualTo(6);
    }

    @Test
    void opensAQueueAgainThatGotAMessageInTheLastMoment() throws Exception {
        create("last", 3);
        sleepers("last", "reader");
        RocketMQTopics topics = topics((step) -> {
            if (step.contains("are drained")) {
                try {
                    clients.send("last", ONE, 2, "in the last moment");
                }
                catch (Exception ex) {
                    throw new IllegalStateException(ex);
                }
            }
        });
        try (Subscriber subscriber = clients.subscribe("last", "reader-last")) {
            clients.send("last", ONE, 2, "before");
            await().atMost(LIMIT).until(() -> subscriber.received().contains("before"));

            ResizeReport report = topics.resize(request("last", 1));

            assertThat(report.outcome()).isEqualTo(ResizeOutcome.NOT_DRAINED);
            assertThat(report.warnings()).singleElement().asString().contains("Queue 2 on " + ONE);
            assertThat(queues("last", topics)).containsExactly("3/1", "3/1");
            await().atMost(LIMIT).until(() -> subscriber.received().contains("in the last moment"));
            assertThat(topics(NOTHING).resize(request("last", 1)).outcome()).isEqualTo(ResizeOutcome.DONE);
        }
    }

    @Test
    void movesNoOrderingKeysUnlessForced() throws Exception {
        create("ordered", 2);
        RocketMQTopics topics = topics(NOTHING);
        try (Subscriber subscriber = clients.subscribeInOrder("ordered", "in-order")) {
            assertThat(subscriber.received()).isEmpty();
            await().atMost(LIMIT).until(() -> topics.describe("ordered").groups().contains("in-order"));
            ResizeReport refused = topics.resize(request("ordered", 3));
            assertThat(refused.outcome()).isEqualTo(ResizeOutcome.REFUSED);
            assertThat(refused.warnings()).singleElement()
                .asString()
                .contains("Ordering keys would move")
                .contains("[in-order]");
        }
        RocketMQTopics declared = topics(NOTHING, TopicDeclaration.of("ordered").withOrder(true));
        assertThat(declared.resize(request("ordered", 3)).outcome()).isEqualTo(ResizeOutcome.REFUSED);

        ResizeReport forced = declared.resize(request("ordered", 3).withForce(true));

        assertThat(forced.outcome()).isEqualTo(ResizeOutcome.DONE);
        assertThat(forced.warnings()).anySatisfy((it) -> assertThat(it).contains("declared as ordered"));
    }

    @Test
    void keepsQueuesThatDelayedMessagesComeInto() throws Exception {
        create("delayed", 2);
        Message message = TopicClients.message("delayed", "later");
        message.setDelayTimeMs(120_000);
        clients.producer.send(message);
        RocketMQTopics topics = topics(NOTHING);
        await().atMost(LIMIT)
            .untilAsserted(() -> assertThat(topics.resize(request("delayed", 1)).warnings()).singleElement()
                .asString()
                .contains("1 delayed messages are under way"));
        assertThat(queues("delayed", topics)).containsExactly("2/2", "2/2");
    }

    @Test
    void goesOnWhenABrokerIsBack() {
        create("unreachable", 2);
        RocketMQTopics topics = topics((step) -> {
            if (step.startsWith("Reading opened on " + ONE)) {
                two.stop();
            }
        });

        ResizeReport report = topics.resize(request("unreachable", 4));

        assertThat(report.outcome()).as(report.toString()).isEqualTo(ResizeOutcome.INCOMPLETE);
        assertThat(report.warnings()).anySatisfy((it) -> assertThat(it).contains(TWO));
        two.start();
        assertThat(topics(NOTHING).resize(request("unreachable", 4)).outcome()).isEqualTo(ResizeOutcome.DONE);
    }

    @Test
    void saysThatThereIsNoSuchTopic() {
        RocketMQTopics topics = topics(NOTHING);
        assertThat(topics.describe("nothing").notes()).containsExactly("No broker has the topic.");
        assertThat(topics.resize(request("nothing", 3)).outcome()).isEqualTo(ResizeOutcome.REFUSED);
    }

    /** Whether it ran to its end; else it ended after so many steps, as by a crash. */
    private static boolean cutOff(String topic, int queues, int steps) {
        AtomicInteger passed = new AtomicInteger();
        try {
            topics((step) -> {
                if (passed.getAndIncrement() == steps) {
                    throw new Cut();
                }
            }).resize(request(topic, queues));
            return true;
        }
        catch (Cut ex) {
            return false;
        }
    }

    /** A group that has consumed from all queues, and is down. */
    private static void sleepers(String topic, String name) {
        String group = name + "-" + topic;
        one.createConsumerGroup(group);
        two.createConsumerGroup(group);
        for (BrokerQueues broker : topics(NOTHING).describe(topic).brokers()) {
            EmbeddedRocketMQBroker embedded = broker.broker().equals(ONE) ? one : two;
            for (int queue = 0; queue < broker.read(); queue++) {
                embedded.commitOffset(group, topic, queue, 0);
            }
        }
    }

    private static void create(String topic, int queues) {
        one.createTopic(topic, queues);
        two.createTopic(topic, queues);
        RocketMQTopics topics = topics(NOTHING);
        await().atMost(LIMIT).until(() -> topics.describe(topic).brokers().size() == 2);
    }

    private static Map<Integer, Long> committed(String broker, String group, String topic) {
        return (broker.equals(ONE) ? one : two).committedOffsets(group, topic);
    }

    private static List<String> queues(String topic, RocketMQTopics topics) {
        List<String> queues = new ArrayList<>();
        topics.describe(topic).brokers().forEach((it) -> queues.add(it.read() + "/" + it.write()));
        return queues;
    }

    private static Set<Integer> range(int end) {
        return java.util.stream.IntStream.range(0, end).boxed().collect(java.util.stream.Collectors.toSet());
    }

    private static ResizeRequest request(String topic, int queues) {
        return ResizeRequest.of(topic, queues).withPatience(Duration.ofSeconds(5)).withSettle(Duration.ofMillis(300));
    }

    private static RocketMQTopics topics(Consumer<String> checkpoint, TopicDeclaration... declared) {
        return new RocketMQTopics(() -> List.of(clients.producer), new ListenerRegistry(), List.of(declared),
                checkpoint);
    }

    /** The process ends. */
    private static final class Cut extends Error {

        private static final long serialVersionUID = 1L;

    }

}

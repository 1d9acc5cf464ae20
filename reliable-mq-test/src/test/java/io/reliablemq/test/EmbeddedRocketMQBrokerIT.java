package io.reliablemq.test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

class EmbeddedRocketMQBrokerIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void deliversTheFirstMessageWithinSecondsOfItsStart() throws Exception {
        long start = System.nanoTime();
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            long started = System.nanoTime();
            broker.createTopic("orders", 4);
            Queue<MessageExt> consumed = clients.consume("orders", "first");
            TestClients.send(clients.producer(), "orders", "one");
            await().atMost(LIMIT).until(() -> !consumed.isEmpty());
            print("start", start, started);
            print("start to first message", start, System.nanoTime());
            assertThat(consumed).extracting(TestClients::body).containsExactly("one");
        }
    }

    @Test
    void keepsMessagesAndClientsThroughARestart() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            broker.createTopic("orders", 4);
            DefaultMQProducer producer = clients.producer();
            Queue<MessageExt> consumed = clients.consume("orders", "restarted");
            TestClients.send(producer, "orders", "before");
            await().atMost(LIMIT).until(() -> consumed.size() == 1);
            String address = broker.brokerAddress();

            long stop = System.nanoTime();
            broker.stop();
            print("stop", stop, System.nanoTime());
            assertThat(broker.isRunning()).isFalse();
            assertThatExceptionOfType(Exception.class).isThrownBy(() -> TestClients.send(producer, "orders", "lost"));
            long restart = System.nanoTime();
            broker.start();
            print("start again", restart, System.nanoTime());

            assertThat(broker.brokerAddress()).isEqualTo(address);
            assertThat(broker.messageCount("orders")).isOne();
            await().atMost(LIMIT).ignoreExceptions().until(() -> TestClients.send(producer, "orders", "after") != null);
            await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(consumed).extracting(TestClients::body).contains("after"));
        }
    }

    @Test
    void redeliversAfterTheGivenDelays() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().delayLevels("1s 1s 1s 1s").start();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            broker.createTopic("orders", 1);
            broker.createConsumerGroup("retrying");
            Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
            clients.consume("orders", "retrying", (messages, context) -> {
                attempts.add(messages.get(0).getReconsumeTimes());
                return (attempts.size() < 4) ? ConsumeConcurrentlyStatus.RECONSUME_LATER
                        : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
            TestClients.send(clients.producer(), "orders", "retried");
            // With RocketMQ's own table the third redelivery comes after 100 seconds.
            await().atMost(LIMIT).untilAsserted(() -> assertThat(attempts).containsExactly(0, 1, 2, 3));
        }
    }

    @Test
    @Tag("faults")
    void deliversATimerMessageThatWasWaitingThroughARestart() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            broker.createTopic("orders", 1);
            Queue<MessageExt> consumed = clients.consume("orders", "timed");
            Message message = TestClients.message("orders", "later");
            message.setDelayTimeMs(5000);
            clients.producer().send(message);
            broker.restart();
            assertThat(consumed).isEmpty();
            await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(consumed).extracting(TestClients::body).containsExactly("later"));
            assertThat(consumed.element().getStoreTimestamp() - consumed.element().getBornTimestamp())
                .isGreaterThanOrEqualTo(4500);
        }
    }

    @Test
    @Tag("faults")
    void runsTwiceInOneJvm() throws Exception {
        try (EmbeddedRocketMQBroker one = EmbeddedRocketMQBroker.startDefault();
                EmbeddedRocketMQBroker two = EmbeddedRocketMQBroker.startDefault();
                TestClients clientsOfOne = new TestClients(one.nameServerAddress());
                TestClients clientsOfTwo = new TestClients(two.nameServerAddress())) {
            one.createTopic("orders", 2);
            two.createTopic("orders", 2);
            Queue<MessageExt> consumedOfTwo = clientsOfTwo.consume("orders", "same-group");
            TestClients.send(clientsOfOne.producer(), "orders", "to one");
            TestClients.send(clientsOfTwo.producer(), "orders", "to two");
            await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(consumedOfTwo).extracting(TestClients::body).containsExactly("to two"));
            one.close();
            TestClients.send(clientsOfTwo.producer(), "orders", "still there");
            assertThat(two.messages("orders")).extracting(TestClients::body)
                .containsExactlyInAnyOrder("to two", "still there");
        }
    }

    @Test
    @Tag("faults")
    void leavesNoThreadBehind() {
        EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
        int port;
        try (broker) {
            broker.createTopic("orders", 1);
            port = Integer.parseInt(broker.brokerAddress().split(":")[1]);
            assertThat(threadsOfBroker(port)).isNotEmpty();
        }
        await().atMost(LIMIT).untilAsserted(() -> assertThat(threadsOfBroker(port)).isEmpty());
    }

    @Test
    void countsReadsAndKnowsCommittedOffsets() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault()) {
            broker.createTopic("orders", 2);
            try (TestClients clients = new TestClients(broker.nameServerAddress())) {
                DefaultMQProducer producer = clients.producer();
                for (int i = 0; i < 50; i++) {
                    TestClients.send(producer, "orders", "message " + i);
                    assertThat(broker.messageCount("orders")).isEqualTo(i + 1);
                }
                Queue<MessageExt> consumed = clients.consume("orders", "counted");
                await().atMost(LIMIT).until(() -> consumed.size() == 50);
            }
            assertThat(broker.topics()).contains("orders", "%RETRY%counted")
                .noneMatch((topic) -> topic.contains("SYS"));
            assertThat(broker.messageCount("orders")).isEqualTo(50);
            assertThat(broker.messageCount("unknown")).isZero();
            assertThat(broker.messages("orders")).hasSize(50)
                .extracting(TestClients::body)
                .contains("message 0", "message 49");
            await().atMost(LIMIT).until(() -> sum(broker.committedOffsets("counted", "orders")) == 50);
            assertThat(broker.committedOffsets("unknown", "orders")).isEmpty();
        }
    }

    @Test
    void keepsAGivenStore(@TempDir Path store) throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().storeDirectory(store).start();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            broker.createTopic("orders", 1);
            TestClients.send(clients.producer(), "orders", "kept");
            assertThatExceptionOfType(EmbeddedBrokerException.class)
                .isThrownBy(() -> EmbeddedRocketMQBroker.builder().storeDirectory(store).start())
                .withMessageContaining("Another embedded broker");
        }
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().storeDirectory(store).start()) {
            assertThat(broker.messages("orders")).extracting(TestClients::body).containsExactly("kept");
        }
    }

    @Test
    void createsNoTopicWhenToldSo() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().autoCreateTopics(false).start();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            DefaultMQProducer producer = clients.producer();
            assertThatExceptionOfType(Exception.class).isThrownBy(() -> TestClients.send(producer, "unknown", "lost"))
                .withMessageContaining("No route info");
        }
    }

    @Test
    void refusesWhatItCannotUse() {
        assertThatIllegalArgumentException().isThrownBy(() -> EmbeddedRocketMQBroker.builder().delayLevels("1s,5s"));
        assertThatIllegalArgumentException().isThrownBy(() -> EmbeddedRocketMQBroker.builder().property("noSuch", "1"))
            .withMessageContaining("noSuch");
        assertThatIllegalArgumentException()
            .isThrownBy(() -> EmbeddedRocketMQBroker.builder().property("listenPort", "1"));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> EmbeddedRocketMQBroker.builder().storeDirectory(Path.of("a,b")));
        assertThatIllegalStateException()
            .isThrownBy(() -> EmbeddedRocketMQBroker.builder().build().createTopic("orders", 1));
    }

    private static long sum(Map<Integer, Long> offsets) {
        return offsets.values().stream().flatMapToLong(LongStream::of).sum();
    }

    private static List<String> threadsOfBroker(int port) {
        Set<String> groups = Set.of("rocketmq-broker-" + port, "rocketmq-name-server-" + (port - 1));
        return Thread.getAllStackTraces()
            .keySet()
            .stream()
            .filter((thread) -> thread.getThreadGroup() != null && groups.contains(thread.getThreadGroup().getName()))
            .map(Thread::getName)
            .toList();
    }

    private static void print(String what, long from, long until) {
        System.out.println(what + ": " + Duration.ofNanos(until - from).toMillis() + " ms");
    }

}

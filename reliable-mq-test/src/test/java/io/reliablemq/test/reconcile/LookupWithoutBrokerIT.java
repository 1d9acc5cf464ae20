package io.reliablemq.test.reconcile;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.reliablemq.ReliableMQException;
import io.reliablemq.reconcile.BrokerLookup;
import io.reliablemq.reconcile.QueuePosition;
import io.reliablemq.reconcile.SentMessage;
import io.reliablemq.reconcile.SentState;
import io.reliablemq.rocketmq.lookup.RocketMQBrokerLookup;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * "Nobody has it" is said only if all brokers were asked that can have it, also when
 * routes no longer list the one that has.
 */
@Tag("faults")
class LookupWithoutBrokerIT {

    @Test
    void doesNotTakeABrokerThatIsDownForOneThatHasNothing() throws Exception {
        try (EmbeddedRocketMQBroker a = EmbeddedRocketMQBroker.builder().delayLevels("1s 1s 1s").start();
                EmbeddedRocketMQBroker b = EmbeddedRocketMQBroker.builder()
                    .nextTo(a, "broker-b")
                    .delayLevels("1s 1s 1s")
                    .start()) {
            a.createTopic("orders", 1);
            b.createTopic("orders", 1);
            // Only there: while it is down, the topics do not exist.
            b.createTopic("%RETRY%points", 1);
            b.createTopic("%DLQ%points", 1);
            DefaultMQProducer producer = new DefaultMQProducer("sender");
            producer.setNamesrvAddr(a.nameServerAddress());
            producer.start();
            try {
                verify(producer, b);
            }
            finally {
                producer.shutdown();
            }
        }
    }

    private static void verify(DefaultMQProducer producer, EmbeddedRocketMQBroker b) throws Exception {
        Message later = message(1, "orders");
        later.setDelayTimeLevel(1);
        SentMessage delayed = row(1, producer.send(later, new MessageQueue("orders", "broker-b", 0)), Instant.now());
        Message plain = message(2, "orders");
        SentMessage elsewhere = row(2,
                producer.send(plain,
                        producer.fetchPublishMessageQueues("orders")
                            .stream()
                            .filter((queue) -> !queue.getBrokerName().equals("broker-b"))
                            .findFirst()
                            .orElseThrow()),
                null);
        for (String topic : List.of("%RETRY%points", "%DLQ%points")) {
            copyTo(topic, producer, plain);
        }
        BrokerLookup knows = new RocketMQBrokerLookup(() -> producer);
        Awaitility.await().untilAsserted(() -> {
            assertThat(knows.find("orders", delayed)).isNotEmpty();
            assertThat(knows.find("%RETRY%points", elsewhere)).isNotEmpty();
            assertThat(knows.find("%DLQ%points", elsewhere)).isNotEmpty();
        });

        b.stop();
        Awaitility.await()
            .untilAsserted(
                    () -> assertThat(new RocketMQBrokerLookup(() -> producer).find("orders", elsewhere)).hasSize(1));
        BrokerLookup restarted = new RocketMQBrokerLookup(() -> producer);
        // A ledger names the brokers that have had the topic's messages.
        restarted.note(List.of(delayed, elsewhere));
        for (BrokerLookup lookup : List.of(knows, restarted)) {
            hasNoAnswer(lookup, "orders", delayed);
            hasNoAnswer(lookup, "%RETRY%points", delayed);
            hasNoAnswer(lookup, "%DLQ%points", delayed);
            hasNoAnswer(lookup, "%RETRY%points", elsewhere);
            hasNoAnswer(lookup, "%DLQ%points", elsewhere);
            assertThatExceptionOfType(ReliableMQException.class)
                .isThrownBy(() -> lookup.isDeferred("points", elsewhere));
        }

        b.start();
        Awaitility.await().atMost(Duration.ofSeconds(40)).untilAsserted(() -> {
            assertThat(restarted.find("orders", delayed)).isNotEmpty();
            assertThat(restarted.find("%RETRY%points", elsewhere)).isNotEmpty();
        });
    }

    private static void hasNoAnswer(BrokerLookup lookup, String topic, SentMessage message) {
        assertThatExceptionOfType(ReliableMQException.class).as("%s %d", topic, message.id())
            .isThrownBy(() -> lookup.find(topic, message));
    }

    private static void copyTo(String topic, DefaultMQProducer producer, Message original) throws Exception {
        Message copy = new Message(topic, body());
        copy.putUserProperty("RELIABLE_ID", original.getUserProperty("RELIABLE_ID"));
        copy.getProperties().put("UNIQ_KEY", original.getProperty("UNIQ_KEY"));
        producer.send(copy, new MessageQueue(topic, "broker-b", 0));
    }

    private static Message message(long id, String topic) {
        Message message = new Message(topic, body());
        message.putUserProperty("RELIABLE_ID", String.valueOf(id));
        return message;
    }

    private static SentMessage row(long id, SendResult sent, @Nullable Instant deliverAt) {
        Instant at = Instant.now();
        return new SentMessage(id, id, at, "default", "orders", null, SentState.SENT, at, deliverAt, sent.getMsgId(),
                new QueuePosition(sent.getMessageQueue().getBrokerName(), 0, sent.getQueueOffset()), null);
    }

    private static byte[] body() {
        return "x".getBytes(StandardCharsets.UTF_8);
    }

}

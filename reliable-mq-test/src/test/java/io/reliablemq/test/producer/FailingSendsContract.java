package io.reliablemq.test.producer;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.SendFailedException;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import io.reliablemq.test.servers.TcpProxy;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.exception.RemotingConnectException;
import org.apache.rocketmq.remoting.exception.RemotingTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * What a send that a real broker does not acknowledge fails with, however it was made.
 */
@Timeout(180)
abstract class FailingSendsContract {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final SendOptions OPTIONS = SendOptions.defaults();

    /** Sends and waits for what comes of it; throws what the send fails with. */
    abstract SendReceipt send(SendingApplication application, ReliableMessage<?> message);

    @Test
    void tellsWhatToDoAboutAMissingTopic() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().autoCreateTopics(false).start();
                SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            SendFailedException failure = failure(application, "missing");

            assertThat(failure).hasMessageContaining("No broker is known for topic 'missing'. Create the topic")
                .hasCauseInstanceOf(MQClientException.class);
            assertThat(failure.isUncertain()).isFalse();
            assertThat(failure.getAttempts()).isEqualTo(4);
        }
    }

    @Test
    void refusesABodyOfMoreThanFourMegabytes() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            broker.createTopic("large", 1);
            int limit = 4 * 1024 * 1024;

            assertThat(send(application, message("large", new byte[limit])).attempts()).isEqualTo(1);
            assertThatExceptionOfType(InvalidMessageException.class)
                .isThrownBy(() -> send(application, message("large", new byte[limit + 1])))
                .withMessageContaining("at most 4194304 are allowed");
            await().atMost(LIMIT).until(() -> broker.messageCount("large") == 1);
        }
    }

    @Test
    void isCertainThatNothingIsStoredWhenTheBrokerIsDown() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            broker.createTopic("orders", 4);
            application.template.send("orders", "x");
            broker.stop();

            SendFailedException failure = failure(application, "orders");
            // The connection of the first send may only now be found closed.
            if (failure.isUncertain()) {
                failure = failure(application, "orders");
            }

            assertThat(failure).hasMessageContaining("The broker has not stored it");
            assertThat(failure.getCause()).isInstanceOfAny(RemotingConnectException.class, MQClientException.class);
        }
    }

    @Test
    void failsWithinItsDeadlineWhenTheNameServerIsAway() {
        SendOptions options = OPTIONS.withDeadline(Duration.ofSeconds(2));
        try (SendingApplication application = new SendingApplication("127.0.0.1:1", options)) {
            SendFailedException failure = failure(application, "orders");

            assertThat(failure).hasMessageContaining("rocketmq.name-server");
            assertThat(failure.isUncertain()).isFalse();
        }
    }

    @Test
    void sendsTheSameMessageAgainWhenTheAnswerIsLost() {
        try (TcpProxy proxy = TcpProxy.start();
                EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().advertisedPort(proxy.port()).start()) {
            forward(proxy, broker);
            broker.createTopic("orders", 4);
            SendOptions options = OPTIONS.withAttemptTimeout(Duration.ofSeconds(2));
            try (SendingApplication application = new SendingApplication(
                    SendingApplication.producer(broker.nameServerAddress()), options, (attempt) -> {
                        proxy.swallowResponses(false);
                        return Optional.of(Duration.ofMillis(10));
                    })) {
                application.template.send("orders", "connects");
                proxy.swallowResponses(true);

                SendReceipt receipt = send(application, ReliableMessage.to("orders").payload("twice").id(42).build());

                await().atMost(LIMIT).until(() -> broker.messageCount("orders") == 3);
                List<MessageExt> copies = broker.messages("orders")
                    .stream()
                    .filter((message) -> "42".equals(message.getUserProperty("RELIABLE_ID")))
                    .toList();
                assertThat(receipt.attempts()).isEqualTo(2);
                assertThat(copies).hasSize(2);
                assertThat(copies).extracting((message) -> message.getProperty("UNIQ_KEY"))
                    .containsOnly(receipt.msgId());
            }
        }
    }

    @Test
    void isUncertainWhenNoAnswerEverComes() {
        try (TcpProxy proxy = TcpProxy.start();
                EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().advertisedPort(proxy.port()).start()) {
            forward(proxy, broker);
            broker.createTopic("orders", 4);
            SendOptions options = OPTIONS.withAttemptTimeout(Duration.ofSeconds(1)).withMaxAttempts(1);
            try (SendingApplication application = new SendingApplication(broker.nameServerAddress(), options)) {
                application.template.send("orders", "connects");
                proxy.swallowResponses(true);

                SendFailedException failure = failure(application, "orders");

                assertThat(failure.isUncertain()).isTrue();
                assertThat(failure.getAttempts()).isEqualTo(1);
                assertThat(failure).hasCauseInstanceOf(RemotingTimeoutException.class)
                    .hasMessageContaining("did not answer in time");
            }
        }
    }

    @Test
    void isUncertainWhenReplicasDoNotConfirm() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder()
            .property("brokerRole", "SYNC_MASTER")
            .property("inSyncReplicas", "2")
            .property("slaveTimeout", "300")
            .start(); SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            broker.createTopic("orders", 1);

            SendFailedException failure = failure(application, "orders");

            assertThat(failure.isUncertain()).isTrue();
            assertThat(failure.getAttempts()).isEqualTo(2);
            assertThat(failure).hasMessageContaining("REPLICATED").hasNoCause();
            await().atMost(LIMIT).until(() -> broker.messageCount("orders") == 2);
            SendOptions flushed = OPTIONS.withRequiredStatus(StorageStatus.FLUSHED);
            try (SendingApplication modest = new SendingApplication(broker.nameServerAddress(), flushed)) {
                assertThat(send(modest, message("orders", "x")).attempts()).isEqualTo(1);
            }
        }
    }

    @Test
    void tellsACustomPolicyWhatHappened() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().autoCreateTopics(false).start();
                SendingApplication application = new SendingApplication(
                        SendingApplication.producer(broker.nameServerAddress()), OPTIONS, (attempt) -> {
                            assertThat(attempt.result()).isInstanceOf(AttemptResult.Failed.class);
                            broker.createTopic("late", 1);
                            return Optional.of(Duration.ofMillis(10));
                        })) {
            assertThat(send(application, message("late", "x")).attempts()).isEqualTo(2);
        }
    }

    private static void forward(TcpProxy proxy, EmbeddedRocketMQBroker broker) {
        String[] address = broker.brokerAddress().split(":");
        proxy.forwardTo(address[0], Integer.parseInt(address[1]));
    }

    private SendFailedException failure(SendingApplication application, String topic) {
        return catchThrowableOfType(SendFailedException.class, () -> send(application, message(topic, "x")));
    }

    private static ReliableMessage<?> message(String topic, Object payload) {
        return ReliableMessage.to(topic).payload(payload).build();
    }

}

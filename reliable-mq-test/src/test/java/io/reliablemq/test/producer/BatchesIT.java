package io.reliablemq.test.producer;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.AfterCommitSender;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendAllFailedException;
import io.reliablemq.producer.SendBuffer;
import io.reliablemq.producer.SendFailedException;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * Batches and asynchronous sends on a real broker.
 */
@Timeout(180)
class BatchesIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final SendOptions OPTIONS = SendOptions.defaults().withDeadline(Duration.ofSeconds(2));

    @Test
    void receiptsAndPlacesAreThoseOfTheStoredMessages() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            broker.createTopic("orders", 4);
            Places places = new Places();
            ReliableMQTemplate template = template(application, places);

            List<SendReceipt> receipts = template.sendAll(messages(0, 250, "x"));

            Map<Long, MessageExt> stored = stored(broker, 250);
            assertThat(receipts).hasSize(250).allSatisfy((receipt) -> {
                MessageExt message = stored.get(receipt.id());
                assertThat(message.getProperty("UNIQ_KEY")).isEqualTo(receipt.msgId());
                assertThat(places.places.get(receipt.id()))
                    .isEqualTo(message.getQueueId() + "@" + message.getQueueOffset());
            });
            assertThat(stored.values().stream().map(MessageExt::getQueueId).distinct()).as("three batches").hasSize(3);
            template.close();
        }
    }

    @Test
    void splitsWhatIsTooLargeForOneBatch() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder()
            .property("maxMessageSize", "65536")
            .start(); SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            broker.createTopic("orders", 8);
            application.rocketMQTemplate.getProducer().setMaxMessageSize(65536);

            List<SendReceipt> receipts = application.template.sendAll(messages(0, 10, "x".repeat(20_000)));

            assertThat(receipts).hasSize(10).allMatch((receipt) -> receipt.attempts() == 1);
            assertThat(stored(broker, 10).values().stream().map(MessageExt::getQueueId).distinct())
                .as("batches of three")
                .hasSize(4);
        }
    }

    @Test
    void sendsNothingWhenOneIsTooLarge() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            broker.createTopic("orders", 1);
            List<ReliableMessage<?>> messages = messages(0, 5, "x");
            messages.add(ReliableMessage.to("orders").payload(new byte[4 * 1024 * 1024 + 1]).id(6).build());

            assertThatExceptionOfType(InvalidMessageException.class)
                .isThrownBy(() -> application.template.sendAll(messages))
                .withMessageContaining("4194305 bytes");
            application.template.send(ReliableMessage.to("orders").payload("x").id(7).build());
            assertThat(stored(broker, 1)).containsOnlyKeys(7L);
        }
    }

    @Test
    void findsTheMessageThatOnlyTheBrokerRefuses() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder()
            .property("maxMessageSize", "20000")
            .start(); SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            broker.createTopic("orders", 1);
            byte[] random = new byte[30_000];
            new Random(1).nextBytes(random);
            List<ReliableMessage<?>> messages = messages(0, 2, "x");
            messages.add(ReliableMessage.to("orders").payload(random).id(3).build());
            messages.add(ReliableMessage.to("orders").payload("x").id(4).build());

            SendAllFailedException failure = catchThrowableOfType(SendAllFailedException.class,
                    () -> application.template.sendAll(messages));

            assertThat(failure.getUnsentIds()).containsExactly(3, 4);
            assertThat(failure.getTriedIds()).containsExactly(3);
            assertThat(failure.isRetryable()).isFalse();
            assertThat(stored(broker, 2)).containsOnlyKeys(1L, 2L);
        }
    }

    @Test
    @Tag("faults")
    void accountsExactlyForWhatWasSentWhenTheBrokerGoes() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = new SendingApplication(broker.nameServerAddress(), OPTIONS)) {
            broker.createTopic("orders", 4);
            application.template.sendAll(messages(0, 1, "x"));
            List<ReliableMessage<?>> messages = messages(1, 100_000, "x");
            CompletableFuture<SendAllFailedException> failing = CompletableFuture
                .supplyAsync(() -> catchThrowableOfType(SendAllFailedException.class,
                        () -> application.template.sendAll(messages)));
            await().atMost(LIMIT).until(() -> broker.messageCount("orders") > 2000);
            broker.stop();
            SendAllFailedException failure = failing.get();
            broker.start();

            Set<Long> stored = broker.messages("orders")
                .stream()
                .map((message) -> Long.valueOf(message.getUserProperty("RELIABLE_ID")))
                .collect(Collectors.toSet());
            assertThat(failure.getReceipts().size() + failure.getUnsentIds().length).isEqualTo(100_000);
            assertThat(failure.getReceipts()).extracting(SendReceipt::id).isSubsetOf(stored);
            Set<Long> tried = LongStream.of(failure.getTriedIds()).boxed().collect(Collectors.toSet());
            assertThat(LongStream.of(failure.getUnsentIds()).boxed())
                .filteredOn((id) -> !tried.contains(id) || !failure.isUncertain())
                .doesNotContainAnyElementsOf(stored);
            assertThat(application.template.sendAll(messages(200_000, 10, "x"))).hasSize(10);
        }
    }

    @Test
    void asynchronousSendsOutliveARestartOfTheBroker() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = new SendingApplication(broker.nameServerAddress(),
                        SendOptions.defaults())) {
            broker.createTopic("orders", 4);
            Map<Long, CompletableFuture<SendReceipt>> sends = new HashMap<>();
            for (long id = 1; id <= 20_000; id++) {
                if (id == 5000) {
                    broker.restart();
                }
                sends.put(id, application.template.sendAsync(ReliableMessage.to("orders").payload("x").id(id).build()));
            }

            await().atMost(LIMIT).until(() -> sends.values().stream().allMatch(CompletableFuture::isDone));

            Map<Long, Set<String>> stored = broker.messages("orders")
                .stream()
                .collect(Collectors.groupingBy((message) -> Long.valueOf(message.getUserProperty("RELIABLE_ID")),
                        Collectors.mapping((message) -> message.getProperty("UNIQ_KEY"), Collectors.toSet())));
            assertThat(stored.values()).allSatisfy((uniqKeys) -> assertThat(uniqKeys).hasSize(1));
            sends.forEach((id, send) -> send.handle((receipt, failure) -> {
                if (failure == null) {
                    assertThat(stored).containsEntry(id, Set.of(receipt.msgId()));
                }
                else if (!((SendFailedException) failure).isUncertain()) {
                    assertThat(stored).doesNotContainKey(id);
                }
                return id;
            }).join());
            assertThat(sends.values().stream().filter((send) -> !send.isCompletedExceptionally()).count())
                .isGreaterThan(15_000);
        }
    }

    private static ReliableMQTemplate template(SendingApplication application, SendBuffer buffer) {
        return ReliableMQTemplate
            .builder(application.rocketMQTemplate, RocketMQMessageTransport::new,
                    SnowflakeIdGenerator.fixed(1, Clock.systemUTC(), Duration.ofMillis(10)))
            .options(OPTIONS)
            .retryPolicy(SendingApplication.policy(OPTIONS))
            .buffer(buffer)
            .build();
    }

    private static List<ReliableMessage<?>> messages(int after, int count, String payload) {
        return IntStream.rangeClosed(after + 1, after + count)
            .<ReliableMessage<?>>mapToObj((id) -> ReliableMessage.to("orders").payload(payload).id(id).build())
            .collect(Collectors.toCollection(ArrayList::new));
    }

    private static Map<Long, MessageExt> stored(EmbeddedRocketMQBroker broker, int count) {
        await().atMost(LIMIT).until(() -> broker.messageCount("orders") >= count);
        Map<Long, MessageExt> stored = broker.messages("orders")
            .stream()
            .collect(Collectors.toMap((message) -> Long.valueOf(message.getUserProperty("RELIABLE_ID")),
                    (message) -> message));
        assertThat(stored).hasSize(count);
        return stored;
    }

    private static final class Places implements SendBuffer {

        private final Map<Long, String> places = new HashMap<>();

        @Override
        public List<PreparedMessage> keep(MessageTransport transport, List<PreparedMessage> messages,
                AfterCommitSender afterCommit) {
            return List.of();
        }

        @Override
        public boolean keepFailed(MessageTransport transport, List<PreparedMessage> messages, int tried,
                SendFailedException failure) {
            return false;
        }

        @Override
        public void acknowledged(MessageTransport transport, PreparedMessage message, AttemptResult.Stored stored) {
            this.places.put(message.id(), stored.target().queueId() + "@" + stored.queueOffset());
        }

    }

}

package io.reliablemq.test.producer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.Delivery;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.redelivery.SubscribingGroups;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class SentMessagesIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static EmbeddedRocketMQBroker broker;

    private static SendingApplication application;

    @BeforeAll
    static void start() {
        broker = EmbeddedRocketMQBroker.startDefault();
        application = new SendingApplication(broker.nameServerAddress(), SendOptions.defaults());
    }

    @AfterAll
    static void stop() {
        application.close();
        broker.close();
    }

    @Test
    void carriesIdTagKeysAndHeaders() {
        broker.createTopic("orders", 4);

        SendReceipt receipt = application.template.send(ReliableMessage.to("orders:created")
            .payload("hello")
            .id(42)
            .key("o-7")
            .key("c-1")
            .header("tenant", "acme")
            .build());

        MessageExt message = stored("orders", 1).get(0);
        assertThat(receipt).isEqualTo(new SendReceipt(42, receipt.msgId(), Delivery.ACKNOWLEDGED, 1));
        assertThat(message.getProperty("UNIQ_KEY")).isEqualTo(receipt.msgId());
        assertThat(message.getTags()).isEqualTo("created");
        assertThat(message.getKeys()).isEqualTo("o-7 c-1 42");
        assertThat(message.getUserProperty("RELIABLE_ID")).isEqualTo("42");
        assertThat(message.getUserProperty("tenant")).isEqualTo("acme");
        assertThat(new String(message.getBody())).isEqualTo("hello");
    }

    @Test
    void isFoundByItsId() throws Exception {
        broker.createTopic("indexed", 1);
        SendReceipt receipt = application.template.send(ReliableMessage.to("indexed").payload("x").id(4711).build());

        await().atMost(LIMIT)
            .ignoreExceptions()
            .until(() -> application.rocketMQTemplate.getProducer()
                .queryMessage("indexed", "4711", 10, 0, Long.MAX_VALUE)
                .getMessageList()
                .stream()
                .anyMatch((message) -> message.getMsgId().equals(receipt.msgId())));
    }

    @Test
    void spreadsMessagesOverAllQueues() {
        broker.createTopic("spread", 4);

        for (int i = 0; i < 8; i++) {
            application.template.send("spread", "x");
        }

        assertThat(stored("spread", 8).stream()
            .collect(Collectors.groupingBy(MessageExt::getQueueId, Collectors.counting()))).hasSize(4)
            .allSatisfy((queue, count) -> assertThat(count).isEqualTo(2));
    }

    @Test
    void keepsMessagesOfOneOrderingKeyInOneQueueInTheirOrder() {
        broker.createTopic("ordered", 8);

        for (int i = 0; i < 200; i++) {
            application.template
                .send(ReliableMessage.to("ordered").payload("" + i).orderingKey("key" + (i % 10)).build());
        }

        assertOrdered(stored("ordered", 200));
    }

    @Test
    void keepsTheOrderOfAsynchronousSends() {
        broker.createTopic("async-ordered", 8);

        List<CompletableFuture<SendReceipt>> futures = IntStream.range(0, 500)
            .mapToObj((i) -> application.template
                .sendAsync(ReliableMessage.to("async-ordered").payload("" + i).orderingKey("key" + (i % 10)).build()))
            .toList();

        assertThat(futures).allSatisfy((future) -> assertThat(future).succeedsWithin(LIMIT));
        assertOrdered(stored("async-ordered", 500));
    }

    @Test
    void takesTheSameQueueAsAnOrderedSendOfRocketMQTemplate() {
        broker.createTopic("shared-order", 16);

        for (int i = 0; i < 20; i++) {
            application.rocketMQTemplate.syncSendOrderly("shared-order", "theirs", "kéy" + i);
            application.template
                .send(ReliableMessage.to("shared-order").payload("ours").orderingKey("kéy" + i).build());
        }

        List<MessageExt> messages = stored("shared-order", 40);
        List<Integer> theirs = new ArrayList<>();
        List<Integer> ours = new ArrayList<>();
        messages.stream()
            .sorted((a, b) -> Long.compare(a.getCommitLogOffset(), b.getCommitLogOffset()))
            .forEach((message) -> ((message.getUserProperty("RELIABLE_ID") != null) ? ours : theirs)
                .add(message.getQueueId()));
        assertThat(ours).hasSize(20).isEqualTo(theirs);
    }

    @Test
    void isDeliveredWhenItsDelayIsOver() {
        broker.createTopic("delayed", 1);
        long before = System.currentTimeMillis();

        application.template.send(ReliableMessage.to("delayed").payload("later").delay(Duration.ofSeconds(3)).build());

        assertThat(broker.messageCount("delayed")).isZero();
        MessageExt message = stored("delayed", 1).get(0);
        assertThat(message.getStoreTimestamp()).isGreaterThanOrEqualTo(before + 2900);
        assertThat(Long.parseLong(message.getUserProperty("RELIABLE_DELIVER_AT"))).isBetween(before + 3000,
                message.getStoreTimestamp() + 1000);
        assertThat(message.getUserProperty("RELIABLE_ID")).isNotNull();
    }

    @Test
    void compressesLargeBodiesLikeTheClientDoes() {
        broker.createTopic("large", 1);
        String large = "0123456789".repeat(100_000);

        application.template.send("large", large);

        assertThat(new String(stored("large", 1).get(0).getBody())).isEqualTo(large);
    }

    @Test
    void sendsInTheNamespaceOfTheProducer() {
        broker.createTopic("acme%orders", 2);
        var producer = SendingApplication.producer(broker.nameServerAddress());
        setNamespace(producer);
        SendOptions options = SendOptions.defaults();
        try (SendingApplication tenant = new SendingApplication(producer, options,
                SendingApplication.policy(options))) {
            tenant.template.send("orders", "x");
            tenant.template.send(ReliableMessage.to("orders").payload("x").orderingKey("k").build());
        }

        assertThat(stored("acme%orders", 2)).hasSize(2);
    }

    @Test
    @SuppressWarnings("deprecation")
    void knowsWhoSubscribesInTheNamespaceOfTheProducer() throws Exception {
        broker.createTopic("acme%guests", 1);
        broker.createTopic("guests", 1);
        var producer = SendingApplication.producer(broker.nameServerAddress());
        setNamespace(producer);
        var consumer = new DefaultMQPushConsumer("legacy");
        consumer.setNamespace("acme");
        consumer.setNamesrvAddr(broker.nameServerAddress());
        consumer.subscribe("guests", "*");
        consumer.registerMessageListener(
                (MessageListenerConcurrently) (messages, context) -> ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        SubscribingGroups groups = new SubscribingGroups(() -> producer, new ListenerRegistry());
        producer.start();
        try {
            consumer.start();
            await().atMost(LIMIT).untilAsserted(() -> assertThat(groups.unguarded("guests")).containsExactly("legacy"));
            assertThat(groups.unguarded("acme%guests")).containsExactly("legacy");
        }
        finally {
            consumer.shutdown();
            producer.shutdown();
        }
    }

    @Test
    void createsTopicsWhereTheBrokerDoes() {
        assertThat(application.template.send("made-up", "x").attempts()).isEqualTo(1);

        assertThat(stored("made-up", 1)).hasSize(1);
    }

    @Test
    void sendsOnASecondCluster() {
        broker.createTopic("elsewhere", 1);
        try (EmbeddedRocketMQBroker other = EmbeddedRocketMQBroker.startDefault()) {
            other.createTopic("elsewhere", 1);
            var second = SendingApplication.rocketMQTemplate(SendingApplication.producer(other.nameServerAddress()));
            application.template.on(second).send("elsewhere", "x");
            second.destroy();

            await().atMost(LIMIT).until(() -> other.messageCount("elsewhere") == 1);
        }
        assertThat(broker.messageCount("elsewhere")).isZero();
    }

    @SuppressWarnings("deprecation")
    private static void setNamespace(org.apache.rocketmq.client.producer.DefaultMQProducer producer) {
        producer.setNamespace("acme");
    }

    private static void assertOrdered(List<MessageExt> messages) {
        messages.stream()
            .collect(Collectors.groupingBy((message) -> message.getUserProperty("RELIABLE_ORDERING_KEY")))
            .forEach((key, ofKey) -> {
                assertThat(ofKey).extracting(MessageExt::getQueueId).containsOnly(ofKey.get(0).getQueueId());
                assertThat(ofKey).extracting((message) -> Integer.valueOf(new String(message.getBody()))).isSorted();
            });
    }

    private static List<MessageExt> stored(String topic, int count) {
        await().atMost(LIMIT).until(() -> broker.messageCount(topic) >= count);
        List<MessageExt> messages = broker.messages(topic);
        assertThat(messages).hasSize(count);
        return messages;
    }

}

package io.reliablemq.test;

import java.time.Duration;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Parts of RocketMQ that the reduced set of jars must not have broken.
 */
class BrokerFeaturesIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void tellsClientsTheAdvertisedPort() throws Exception {
        AtomicReference<EmbeddedRocketMQBroker> target = new AtomicReference<>();
        try (TcpForwarder forwarder = new TcpForwarder(() -> target.get().brokerAddress());
                EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder()
                    .advertisedPort(forwarder.port())
                    .start();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            target.set(broker);
            broker.createTopic("orders", 1);
            Queue<MessageExt> consumed = clients.consume("orders", "proxied");
            TestClients.send(clients.producer(), "orders", "by the proxy");
            await().atMost(LIMIT).until(() -> !consumed.isEmpty());
            assertThat(forwarder.connections()).isGreaterThanOrEqualTo(2);
            assertThat(broker.brokerAddress()).doesNotEndWith(":" + forwarder.port());
            assertThat(consumed.element().getStoreHost().toString()).endsWith(":" + forwarder.port());
        }
    }

    @Test
    void filtersBySql() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            broker.createTopic("orders", 1);
            DefaultMQProducer producer = clients.producer();
            for (int amount = 1; amount <= 4; amount++) {
                Message message = TestClients.message("orders", "amount " + amount);
                message.putUserProperty("amount", Integer.toString(amount));
                producer.send(message);
            }
            Queue<String> consumed = new ConcurrentLinkedQueue<>();
            DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("filtering");
            consumer.setNamesrvAddr(broker.nameServerAddress());
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            consumer.subscribe("orders", MessageSelector.bySql("amount > 2"));
            consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                messages.forEach((message) -> consumed.add(TestClients.body(message)));
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
            consumer.start();
            try {
                await().atMost(LIMIT).until(() -> consumed.size() >= 2);
                assertThat(consumed).containsExactlyInAnyOrder("amount 3", "amount 4");
            }
            finally {
                consumer.shutdown();
            }
        }
    }

    @Test
    void deliversCommittedTransactionsOnly() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            broker.createTopic("orders", 1);
            Queue<MessageExt> consumed = clients.consume("orders", "transactional");
            TransactionMQProducer producer = new TransactionMQProducer("transactions");
            producer.setNamesrvAddr(broker.nameServerAddress());
            producer.setInstanceName(UUID.randomUUID().toString());
            producer.setTransactionListener(new ByArgument());
            producer.start();
            try {
                producer.sendMessageInTransaction(TestClients.message("orders", "rolled back"),
                        LocalTransactionState.ROLLBACK_MESSAGE);
                producer.sendMessageInTransaction(TestClients.message("orders", "committed"),
                        LocalTransactionState.COMMIT_MESSAGE);
                await().atMost(LIMIT).until(() -> !consumed.isEmpty());
                assertThat(consumed).extracting(TestClients::body).containsExactly("committed");
            }
            finally {
                producer.shutdown();
            }
        }
    }

    static class ByArgument implements TransactionListener {

        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return (LocalTransactionState) argument;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            return LocalTransactionState.UNKNOW;
        }

    }

}

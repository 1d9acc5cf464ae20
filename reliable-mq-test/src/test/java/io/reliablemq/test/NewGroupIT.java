package io.reliablemq.test;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Where a new group begins on a queue that was empty when it asked for its offset, and is
 * not any more when it asks for the end.
 */
@Tag("faults")
class NewGroupIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void missesTheFirstMessageWhenItBeginsAtTheEnd() throws Exception {
        assertThat(consumed(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, 1)).containsExactly("second");
    }

    @Test
    void readsTheFirstMessageWhenItBeginsAtTheStart() throws Exception {
        assertThat(consumed(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, 2)).containsExactlyInAnyOrder("first",
                "second");
    }

    private static List<String> consumed(ConsumeFromWhere from, int expected) throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                TestClients clients = new TestClients(broker.nameServerAddress())) {
            broker.createTopic("orders", 1);
            DefaultMQProducer producer = clients.producer();
            SendOnceAsked sendFirst = new SendOnceAsked(producer);
            Queue<String> consumed = new ConcurrentLinkedQueue<>();
            DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("points", sendFirst);
            consumer.setNamesrvAddr(broker.nameServerAddress());
            consumer.setConsumeFromWhere(from);
            consumer.subscribe("orders", "*");
            consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                messages.forEach((message) -> consumed.add(TestClients.body(message)));
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
            consumer.start();
            try {
                await().atMost(LIMIT).untilTrue(sendFirst.sent);
                await().atMost(LIMIT).until(() -> broker.messageCount("orders") == 1 && pulls(consumer));
                TestClients.send(producer, "orders", "second");
                await().atMost(LIMIT).until(() -> consumed.contains("second") && consumed.size() >= expected);
                return List.copyOf(consumed);
            }
            finally {
                consumer.shutdown();
            }
        }
    }

    @SuppressWarnings("deprecation")
    private static boolean pulls(DefaultMQPushConsumer consumer) {
        return consumer.getDefaultMQPushConsumerImpl()
            .getRebalanceImpl()
            .getProcessQueueTable()
            .keySet()
            .stream()
            .anyMatch((queue) -> queue.getTopic().equals("orders"));
    }

    /** Sends as soon as the broker has said that it knows no offset of the group. */
    private static final class SendOnceAsked implements RPCHook {

        private final DefaultMQProducer producer;

        private final AtomicBoolean asked = new AtomicBoolean();

        private final AtomicBoolean sent = new AtomicBoolean();

        SendOnceAsked(DefaultMQProducer producer) {
            this.producer = producer;
        }

        @Override
        public void doBeforeRequest(String address, RemotingCommand request) {
        }

        @Override
        public void doAfterResponse(String address, RemotingCommand request, @Nullable RemotingCommand response) {
            if (request.getCode() == RequestCode.QUERY_CONSUMER_OFFSET
                    && request.readCustomHeader() instanceof QueryConsumerOffsetRequestHeader header
                    && header.getTopic().equals("orders") && this.asked.compareAndSet(false, true)) {
                try {
                    TestClients.send(this.producer, "orders", "first");
                    this.sent.set(true);
                }
                catch (Exception ex) {
                    throw new IllegalStateException("Could not send the first message", ex);
                }
            }
        }

    }

}

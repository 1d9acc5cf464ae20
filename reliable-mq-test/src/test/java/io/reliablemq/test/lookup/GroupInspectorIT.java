package io.reliablemq.test.lookup;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.reconcile.GroupHistory;
import io.reliablemq.rocketmq.ConsumerInternals;
import io.reliablemq.rocketmq.lookup.GroupInspector;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GroupInspector}.
 */
class GroupInspectorIT {

    private final AtomicInteger consumed = new AtomicInteger();

    @Test
    void tellsHowFarTheGroupIsAndWhoElseConsumes() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().start()) {
            broker.createTopic("orders", 1);
            DefaultMQPushConsumer guarded = consumer(broker, "guarded");
            String own = guarded.buildMQClientId();
            assertThat(look(guarded, Set.of()).clients()).as("before it runs").containsOnlyKeys(own);
            guarded.start();
            DefaultMQProducer producer = new DefaultMQProducer("sender");
            producer.setNamesrvAddr(broker.nameServerAddress());
            producer.start();
            DefaultMQPushConsumer other = consumer(broker, "other");
            try {
                producer.send(new Message("orders", "x".getBytes(StandardCharsets.UTF_8)));
                Awaitility.await().untilAsserted(() -> {
                    assertThat(this.consumed).hasValue(1);
                    ConsumerInternals.persistOffsets(guarded);
                    assertThat(look(guarded, Set.of()).toString()).contains("%3A0=1").doesNotContain("shared");
                });
                assertThat(look(guarded, Set.of()).clients()).containsOnlyKeys(own);

                other.start();
                Awaitility.await()
                    .untilAsserted(() -> assertThat(look(guarded, Set.of()).toString()).contains("shared"));
                assertThat(look(guarded, Set.of(other.buildMQClientId())).toString()).doesNotContain("shared");
            }
            finally {
                other.shutdown();
                guarded.shutdown();
                producer.shutdown();
            }
        }
    }

    private static GroupHistory look(DefaultMQPushConsumer consumer, Set<String> guarded) {
        return GroupInspector.of(consumer, "points", "orders", guarded);
    }

    private DefaultMQPushConsumer consumer(EmbeddedRocketMQBroker broker, String name) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("points");
        consumer.setNamesrvAddr(broker.nameServerAddress());
        consumer.setInstanceName(name);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe("orders", "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            this.consumed.addAndGet(messages.size());
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        return consumer;
    }

}

package io.reliablemq.test.producer;

import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.reliablemq.producer.SendOptions;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.apache.rocketmq.spring.support.RocketMQMessageConverter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.messaging.support.MessageBuilder;
import org.springframework.util.MimeTypeUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What {@code RocketMQTemplate} sends and what {@code ReliableMQTemplate} sends look the
 * same to consumers.
 */
class InterchangeabilityIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static EmbeddedRocketMQBroker broker;

    private static SendingApplication application;

    private static int topics;

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

    static List<Object> payloads() {
        return List.of("text ä€😀", new byte[] { 0, 1, -1, 127 }, order(), Map.of("a", 1),
                MessageBuilder.withPayload("spring").setHeader("tenant", "acme").setHeader("count", 7).build(),
                MessageBuilder.withPayload(order()).setHeader("KEYS", "o-7 c-1").setHeader("FLAG", 3).build(),
                MessageBuilder.withPayload("{\"a\":1}")
                    .setHeader("contentType", MimeTypeUtils.APPLICATION_JSON)
                    .setHeader("rocketmq_KEYS", "o-8")
                    .build());
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void storesTheSameMessageAsRocketMQTemplate(Object payload) {
        String topic = topic();

        if (payload instanceof org.springframework.messaging.Message<?> message) {
            application.rocketMQTemplate.syncSend(topic + ":t", message);
        }
        else {
            application.rocketMQTemplate.syncSend(topic + ":t", payload);
        }
        application.template.send(topic + ":t", payload);

        await().atMost(LIMIT).until(() -> broker.messageCount(topic) == 2);
        List<MessageExt> messages = broker.messages(topic);
        MessageExt theirs = messages.get(0);
        MessageExt ours = messages.get(1);
        assertThat(ours.getBody()).isEqualTo(theirs.getBody());
        assertThat(ours.getTags()).isEqualTo(theirs.getTags());
        assertThat(ours.getFlag()).isEqualTo(theirs.getFlag());
        String id = ours.getUserProperty("RELIABLE_ID");
        assertThat(ours.getKeys()).isEqualTo((theirs.getKeys() != null) ? theirs.getKeys() + " " + id : id);
        Map<String, String> expected = userProperties(theirs);
        expected.put("RELIABLE_ID", id);
        expected.put("RELIABLE_MADE_FOR", ours.getProperty("UNIQ_KEY"));
        assertThat(userProperties(ours)).isEqualTo(expected);
    }

    @Test
    void reachesListenersAsObjectsWhoeverSentThem() throws Exception {
        String topic = topic();
        OrderListener listener = new OrderListener();
        DefaultRocketMQListenerContainer container = container(topic, listener);
        try {
            application.rocketMQTemplate.syncSend(topic, order());
            application.template.send(topic, order());

            await().atMost(LIMIT).until(() -> listener.received.size() == 2);
            assertThat(listener.received).containsExactly(order(), order());
        }
        finally {
            container.destroy();
        }
    }

    @Test
    void reachesListenersAsTextWhoeverSentThem() throws Exception {
        String topic = topic();
        TextListener listener = new TextListener();
        DefaultRocketMQListenerContainer container = container(topic, listener);
        try {
            application.rocketMQTemplate.syncSend(topic, "ä€😀");
            application.template.send(topic, "ä€😀");

            await().atMost(LIMIT).until(() -> listener.received.size() == 2);
            assertThat(listener.received).containsExactly("ä€😀", "ä€😀");
        }
        finally {
            container.destroy();
        }
    }

    /**
     * Without what belongs to one send only: random ids and times of Spring and RocketMQ.
     */
    private static Map<String, String> userProperties(MessageExt message) {
        Map<String, String> properties = new HashMap<>(message.getProperties());
        properties.keySet().removeIf(MessageConst.STRING_HASH_SET::contains);
        properties.remove("id");
        properties.remove("timestamp");
        return properties;
    }

    private static DefaultRocketMQListenerContainer container(String topic, RocketMQListener<?> listener)
            throws Exception {
        GenericApplicationContext context = new GenericApplicationContext();
        context.getEnvironment()
            .getPropertySources()
            .addFirst(new MapPropertySource("test", Map.of("rocketmq.name-server", broker.nameServerAddress())));
        context.refresh();
        DefaultRocketMQListenerContainer container = new DefaultRocketMQListenerContainer();
        container.setApplicationContext(context);
        container.setName(topic);
        container.setNameServer(broker.nameServerAddress());
        container.setTopic(topic);
        container.setConsumerGroup("GID-" + topic);
        container.setRocketMQMessageListener(listener.getClass().getAnnotation(RocketMQMessageListener.class));
        container.setRocketMQListener(listener);
        container.setMessageConverter(new RocketMQMessageConverter().getMessageConverter());
        context.getBeanFactory().registerSingleton(topic, container);
        container.afterPropertiesSet();
        container.getConsumer().setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        container.start();
        return container;
    }

    private static Order order() {
        return new Order(7, "ä", LocalDate.of(2026, 3, 1));
    }

    private static String topic() {
        String topic = "interchanged-" + ++topics;
        broker.createTopic(topic, 1);
        return topic;
    }

    record Order(int number, String name, LocalDate day) {
    }

    @RocketMQMessageListener(topic = "set later", consumerGroup = "set later")
    static class OrderListener implements RocketMQListener<Order> {

        final Queue<Order> received = new ConcurrentLinkedQueue<>();

        @Override
        public void onMessage(Order order) {
            this.received.add(order);
        }

    }

    @RocketMQMessageListener(topic = "set later", consumerGroup = "set later")
    static class TextListener implements RocketMQListener<String> {

        final Queue<String> received = new ConcurrentLinkedQueue<>();

        @Override
        public void onMessage(String text) {
            this.received.add(text);
        }

    }

}

package io.reliablemq.test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Plain RocketMQ clients of one name server, shut down together.
 */
final class TestClients implements AutoCloseable {

    private final String nameServer;

    private final List<Runnable> shutdowns = new ArrayList<>();

    TestClients(String nameServer) {
        this.nameServer = nameServer;
    }

    DefaultMQProducer producer() throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("producer-" + UUID.randomUUID());
        producer.setNamesrvAddr(this.nameServer);
        producer.setInstanceName(UUID.randomUUID().toString());
        producer.start();
        this.shutdowns.add(producer::shutdown);
        return producer;
    }

    Queue<MessageExt> consume(String topic, String group) throws Exception {
        Queue<MessageExt> consumed = new ConcurrentLinkedQueue<>();
        consume(topic, group, (messages, context) -> {
            consumed.addAll(messages);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        return consumed;
    }

    DefaultMQPushConsumer consume(String topic, String group, MessageListenerConcurrently listener) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(this.nameServer);
        consumer.setInstanceName(UUID.randomUUID().toString());
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPollNameServerInterval(1000);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener(listener);
        consumer.start();
        this.shutdowns.add(consumer::shutdown);
        return consumer;
    }

    static SendResult send(DefaultMQProducer producer, String topic, String body) throws Exception {
        return producer.send(message(topic, body));
    }

    static Message message(String topic, String body) {
        return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
    }

    static String body(MessageExt message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        this.shutdowns.forEach(Runnable::run);
    }

}

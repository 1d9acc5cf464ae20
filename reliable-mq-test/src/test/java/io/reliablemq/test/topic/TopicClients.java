package io.reliablemq.test.topic;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.reliablemq.rocketmq.ConsumerInternals;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Plain clients that look at the route often.
 */
final class TopicClients implements AutoCloseable {

    final DefaultMQProducer producer;

    private final String nameServer;

    private final List<DefaultMQPushConsumer> consumers = new CopyOnWriteArrayList<>();

    /** The client itself begins to persist offsets after ten seconds. */
    private final ScheduledExecutorService persisting = Executors.newSingleThreadScheduledExecutor();

    TopicClients(String nameServer) throws Exception {
        this.nameServer = nameServer;
        this.producer = new DefaultMQProducer("producer-" + UUID.randomUUID());
        this.producer.setNamesrvAddr(nameServer);
        this.producer.setInstanceName(UUID.randomUUID().toString());
        this.producer.setPollNameServerInterval(200);
        this.producer.start();
        this.persisting.scheduleWithFixedDelay(() -> this.consumers.forEach(ConsumerInternals::persistOffsets), 100,
                100, TimeUnit.MILLISECONDS);
    }

    void send(String topic, String body) throws Exception {
        this.producer.send(message(topic, body), 10_000);
    }

    void send(String topic, String broker, int queue, String body) throws Exception {
        this.producer.send(message(topic, body), new MessageQueue(topic, broker, queue), 10_000);
    }

    static Message message(String topic, String body) {
        return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
    }

    /** A group that starts at the end of queues that it has no offset in. */
    Subscriber subscribe(String topic, String group) throws Exception {
        Queue<String> received = new ConcurrentLinkedQueue<>();
        DefaultMQPushConsumer consumer = consumer(group);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach((it) -> received.add(new String(it.getBody(), StandardCharsets.UTF_8)));
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        return start(topic, consumer, received);
    }

    Subscriber subscribeInOrder(String topic, String group) throws Exception {
        DefaultMQPushConsumer consumer = consumer(group);
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> ConsumeOrderlyStatus.SUCCESS);
        return start(topic, consumer, new ConcurrentLinkedQueue<>());
    }

    private DefaultMQPushConsumer consumer(String group) {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(this.nameServer);
        consumer.setInstanceName(UUID.randomUUID().toString());
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        consumer.setPollNameServerInterval(200);
        consumer.setPersistConsumerOffsetInterval(200);
        consumer.setHeartbeatBrokerInterval(1000);
        return consumer;
    }

    private Subscriber start(String topic, DefaultMQPushConsumer consumer, Queue<String> received) throws Exception {
        consumer.subscribe(topic, "*");
        consumer.start();
        this.consumers.add(consumer);
        return new Subscriber(consumer, received);
    }

    @Override
    public void close() {
        this.persisting.shutdownNow();
        this.consumers.forEach(DefaultMQPushConsumer::shutdown);
        this.producer.shutdown();
    }

    /** A consumer and what it got. */
    record Subscriber(DefaultMQPushConsumer consumer, Queue<String> received) implements AutoCloseable {

        @Override
        public void close() {
            this.consumer.shutdown();
        }

    }

}

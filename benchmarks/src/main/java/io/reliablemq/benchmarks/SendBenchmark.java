package io.reliablemq.benchmarks;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.rocketmq.RocketMQMessageTransport;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.apache.rocketmq.spring.support.RocketMQHeaders;
import org.apache.rocketmq.spring.support.RocketMQMessageConverter;

import org.springframework.messaging.Message;
import org.springframework.messaging.support.MessageBuilder;

/**
 * {@code ReliableMQTemplate.send} against {@code RocketMQTemplate.syncSend} carrying the
 * same key and property.
 */
final class SendBenchmark {

    static final String TOPIC = "bench-send";

    private final String payload = "x".repeat(1024);

    private final RocketMQTemplate plain = new RocketMQTemplate();

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(1, Clock.systemUTC(),
            java.time.Duration.ofMillis(10));

    SendBenchmark(String nameServer) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("bench-producer");
        producer.setNamesrvAddr(nameServer);
        this.plain.setProducer(producer);
        this.plain.setMessageConverter(new RocketMQMessageConverter().getMessageConverter());
        this.plain.afterPropertiesSet();
    }

    RocketMQTemplate template() {
        return this.plain;
    }

    Comparison comparison(int threads, int messages) {
        SendOptions options = SendOptions.defaults();
        ReliableMQTemplate reliable = new ReliableMQTemplate(this.plain, RocketMQMessageTransport::new, this.ids,
                options, SendRetryPolicy.exponential(options.maxAttempts(), options.backoff()),
                new SimpleMeterRegistry(), Clock.systemUTC());
        return new Comparison("send, 1 KiB, " + threads + " thread(s)", "RocketMQTemplate.syncSend",
                () -> rate(threads, messages, this::syncSend))
            .add("ReliableMQTemplate.send", () -> rate(threads, messages,
                    () -> reliable.send(ReliableMessage.to(TOPIC).payload(this.payload).key("order-1").build())));
    }

    private void syncSend() {
        String id = Long.toString(this.ids.nextId());
        Message<String> message = MessageBuilder.withPayload(this.payload)
            .setHeader(RocketMQHeaders.KEYS, "order-1 " + id)
            .setHeader(ReliableHeaders.ID, id)
            .build();
        this.plain.syncSend(TOPIC, message);
    }

    private static double rate(int threads, int messages, Runnable send) throws Exception {
        ExecutorService senders = Executors.newFixedThreadPool(threads);
        List<Future<?>> done = new ArrayList<>();
        long start = System.nanoTime();
        for (int thread = 0; thread < threads; thread++) {
            done.add(senders.submit(() -> {
                for (int i = 0; i < messages / threads; i++) {
                    send.run();
                }
            }));
        }
        for (Future<?> each : done) {
            each.get();
        }
        double rate = messages * 1e9 / (System.nanoTime() - start);
        senders.shutdown();
        return rate;
    }

    void fill(String topic, int messages) throws Exception {
        rate(8, messages, () -> {
            String id = Long.toString(this.ids.nextId());
            this.plain.syncSend(topic,
                    MessageBuilder.withPayload(this.payload)
                        .setHeader(RocketMQHeaders.KEYS, id)
                        .setHeader(ReliableHeaders.ID, id)
                        .build());
        });
    }

}

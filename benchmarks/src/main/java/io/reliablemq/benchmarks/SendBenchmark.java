package io.reliablemq.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
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

    private static final String PLAIN = "RocketMQTemplate.syncSend";

    private static final String RELIABLE = "ReliableMQTemplate.send";

    private static final int FILLED_AT_ONCE = 32;

    private final String payload = "x".repeat(1024);

    private final RocketMQTemplate plain = new RocketMQTemplate();

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(1, Clock.systemUTC(), Duration.ofMillis(10));

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
        ReliableMQTemplate reliable = ReliableMQTemplate.builder(this.plain, RocketMQMessageTransport::new, this.ids)
            .options(options)
            .meters(new SimpleMeterRegistry())
            .build();
        String id = "send-" + threads;
        String what = "`send`, " + threads + ((threads == 1) ? " thread" : " threads");
        return new Comparison(id, "send, 1 KiB, " + threads + ((threads == 1) ? " thread" : " threads"), "msg/s", PLAIN,
                () -> Parallel.sample(threads, messages, this::syncSend))
            .contestant(RELIABLE, () -> Parallel.sample(threads, messages,
                    () -> reliable.send(ReliableMessage.to(TOPIC).payload(this.payload).key("order-1").build())))
            .goal(Goals.atLeast(id, what, "`syncSend`, same keys and property", RELIABLE, PLAIN, 0.97))
            .goal(Goals.noMoreThanNoise(id + "-p99", what + ", p99", "`syncSend`, p99", Measure.P99, RELIABLE, PLAIN));
    }

    private void syncSend() {
        String id = Long.toString(this.ids.nextId());
        Message<String> message = MessageBuilder.withPayload(this.payload)
            .setHeader(RocketMQHeaders.KEYS, "order-1 " + id)
            .setHeader(ReliableHeaders.ID, id)
            .build();
        this.plain.syncSend(TOPIC, message);
    }

    /** In batches of the client, because nothing is measured. */
    void fill(String topic, int messages) throws Exception {
        byte[] body = this.payload.getBytes(StandardCharsets.UTF_8);
        for (int sent = 0; sent < messages; sent += FILLED_AT_ONCE) {
            List<org.apache.rocketmq.common.message.Message> batch = new ArrayList<>();
            for (int i = sent; i < Math.min(messages, sent + FILLED_AT_ONCE); i++) {
                String id = Long.toString(this.ids.nextId());
                org.apache.rocketmq.common.message.Message message = new org.apache.rocketmq.common.message.Message(
                        topic, body);
                message.setKeys(id);
                message.putUserProperty(ReliableHeaders.ID, id);
                batch.add(message);
            }
            this.plain.getProducer().send(batch);
        }
    }

}

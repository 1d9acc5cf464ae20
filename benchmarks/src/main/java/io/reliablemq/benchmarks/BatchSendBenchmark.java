package io.reliablemq.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.benchmarks.report.Sample;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.spring.core.RocketMQTemplate;

/**
 * {@code ReliableMQTemplate.sendAll} and {@code sendAsync} against the raw client's
 * batches and asynchronous sends, which carry the same keys and property.
 */
final class BatchSendBenchmark {

    private static final int BATCH = 32;

    private static final int IN_FLIGHT = 1000;

    private final String payload = "x".repeat(1024);

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(2, Clock.systemUTC(), Duration.ofMillis(10));

    private final DefaultMQProducer producer;

    private final ReliableMQTemplate reliable;

    BatchSendBenchmark(RocketMQTemplate template) {
        SendOptions options = SendOptions.defaults().withMaxInFlight(IN_FLIGHT);
        this.producer = template.getProducer();
        this.reliable = ReliableMQTemplate.builder(template, RocketMQMessageTransport::new, this.ids)
            .options(options)
            .meters(new SimpleMeterRegistry())
            .build();
    }

    Comparison batches(int messages) {
        return new Comparison("send-all", "batches of " + BATCH + ", 1 KiB, 1 thread", "msg/s",
                "raw client: send(Collection)", () -> rate(messages, () -> rawBatches(messages)))
            .contestant("ReliableMQTemplate.sendAll", () -> rate(messages, () -> sendAll(messages)));
    }

    Comparison asynchronous(int messages) {
        return new Comparison("send-async", "asynchronous, 1 KiB, at most " + IN_FLIGHT + " in flight", "msg/s",
                "raw client: send(SendCallback)", () -> rate(messages, () -> rawAsync(messages)))
            .contestant("ReliableMQTemplate.sendAsync", () -> rate(messages, () -> sendAsync(messages)));
    }

    private void rawBatches(int messages) throws Exception {
        for (int sent = 0; sent < messages; sent += BATCH) {
            List<Message> batch = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                batch.add(message());
            }
            requireStored(this.producer.send(batch));
        }
    }

    private void sendAll(int messages) {
        for (int sent = 0; sent < messages; sent += BATCH) {
            List<ReliableMessage<?>> batch = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                batch.add(reliableMessage());
            }
            this.reliable.sendAll(batch);
        }
    }

    private void rawAsync(int messages) throws Exception {
        Semaphore places = new Semaphore(IN_FLIGHT);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        SendCallback callback = new SendCallback() {

            @Override
            public void onSuccess(SendResult result) {
                places.release();
            }

            @Override
            public void onException(Throwable ex) {
                failure.set(ex);
                places.release();
            }

        };
        for (int i = 0; i < messages; i++) {
            places.acquire();
            this.producer.send(message(), callback);
        }
        places.acquire(IN_FLIGHT);
        requireNone(failure);
    }

    private void sendAsync(int messages) throws Exception {
        Semaphore open = new Semaphore(0);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int i = 0; i < messages; i++) {
            var unused = this.reliable.sendAsync(reliableMessage()).whenComplete((receipt, ex) -> {
                if (ex != null) {
                    failure.set(ex);
                }
                open.release();
            });
        }
        open.acquire(messages);
        requireNone(failure);
    }

    private Message message() {
        String id = Long.toString(this.ids.nextId());
        Message message = new Message(SendBenchmark.TOPIC, null, "order-1 " + id,
                this.payload.getBytes(StandardCharsets.UTF_8));
        message.putUserProperty(ReliableHeaders.ID, id);
        return message;
    }

    private ReliableMessage<?> reliableMessage() {
        return ReliableMessage.to(SendBenchmark.TOPIC).payload(this.payload).key("order-1").build();
    }

    private static void requireStored(SendResult result) {
        if (result.getSendStatus() != SendStatus.SEND_OK) {
            throw new IllegalStateException("Not stored: " + result.getSendStatus());
        }
    }

    private static void requireNone(AtomicReference<Throwable> failure) {
        if (failure.get() != null) {
            throw new IllegalStateException("Not sent", failure.get());
        }
    }

    private static Sample rate(int messages, Sending sending) throws Exception {
        ProcessorTime before = ProcessorTime.now();
        long start = System.nanoTime();
        sending.run();
        Sample sample = Sample.rate(messages * 1e9 / (System.nanoTime() - start));
        return ProcessorTime.now().addTo(sample, before, messages);
    }

    private interface Sending {

        void run() throws Exception;

    }

}

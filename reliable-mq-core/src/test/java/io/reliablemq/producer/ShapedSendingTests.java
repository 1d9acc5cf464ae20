package io.reliablemq.producer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.MessagePriority;
import io.reliablemq.message.ReliableMessage;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Rates per topic, and topics per priority.
 */
class ShapedSendingTests {

    private final FakeTransport transport = new FakeTransport();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final ReliableMQTemplate template = template(SendOptions.defaults().withDeadline(Duration.ofSeconds(2)),
            SendLimits.of(Map.of("slow", 5.0, "stuck", 0.1)), new PriorityTopics(
                    Map.of("orders", Map.of(MessagePriority.HIGH, "orders-high", MessagePriority.LOW, "orders-low"))));

    @AfterEach
    void close() {
        this.template.close();
    }

    @Test
    void waitsForItsTurn() {
        long start = System.nanoTime();
        for (int i = 0; i < 6; i++) {
            assertThat(this.template.send("slow", "x").delivery()).isEqualTo(Delivery.ACKNOWLEDGED);
        }

        assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(700).toNanos());
    }

    @Test
    void saysWhyItFailedWhenNoTurnComesInTime() {
        this.template.send("stuck", "x");

        assertThatExceptionOfType(SendFailedException.class).isThrownBy(() -> this.template.send("stuck", "x"))
            .withMessageContaining("reliable-mq.producer.rate-limits")
            .withMessageContaining("has not stored it")
            .matches((ex) -> !ex.isUncertain() && ex.getAttempts() == 0);
    }

    @Test
    void holdsNeitherTheCallerOfAnAsynchronousSendNorOtherTopics() {
        ReliableMQTemplate patient = template(
                SendOptions.defaults().withDeadline(Duration.ofMinutes(10)).withDrainTimeout(Duration.ZERO),
                SendLimits.of(Map.of("stuck", 0.1)), PriorityTopics.none());
        List<CompletableFuture<SendReceipt>> sends = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sends.add(patient.sendAsync("stuck", "x"));
        }

        assertThat(patient.sendAsync("other", "x")).succeedsWithin(Duration.ofSeconds(60));
        assertThat(sends.get(19)).as("due in three minutes").isNotDone();
        patient.close();
        assertThat(sends.get(19)).as("not lost without a word").isCompletedExceptionally();
    }

    @Test
    void failsAnAsynchronousSendWhoseTurnWouldComeTooLate() {
        this.template.sendAsync("stuck", "x");
        this.template.sendAsync("stuck", "x");

        assertThat(this.template.sendAsync("stuck", "x")).failsWithin(Duration.ofSeconds(30))
            .withThrowableOfType(ExecutionException.class)
            .withCauseInstanceOf(SendFailedException.class);
    }

    @Test
    void choosesTheTopicOfThePriority() {
        send(MessagePriority.HIGH);
        send(MessagePriority.NORMAL);
        send(MessagePriority.LOW);
        this.template.send(ReliableMessage.to("orders").payload("x").build());
        this.template.send(ReliableMessage.to("others").payload("x").priority(MessagePriority.HIGH).build());

        assertThat(this.transport.attempts).extracting((attempt) -> attempt.message().topic())
            .containsExactly("orders-high", "orders", "orders-low", "orders", "others");
        assertThat(this.transport.attempts).extracting((attempt) -> attempt.message().tag())
            .startsWith("created", "created", "created");
    }

    @Test
    void refusesAPriorityThatDoesNotExist() {
        assertThatExceptionOfType(InvalidMessageException.class)
            .isThrownBy(() -> ReliableMessage.to("orders").payload("x").header("RELIABLE_PRIORITY", "URGENT").build())
            .withMessageContaining("HIGH, NORMAL, LOW");
    }

    private void send(MessagePriority priority) {
        this.template.send(ReliableMessage.to("orders:created").payload("x").priority(priority).build());
    }

    private ReliableMQTemplate template(SendOptions options, SendLimits limits, PriorityTopics topics) {
        return ReliableMQTemplate.builder(new RocketMQTemplate(), (any) -> this.transport, new CountingIds())
            .options(options)
            .limits(limits)
            .priorityTopics(topics)
            .meters(this.meters)
            .build();
    }

    private static final class CountingIds implements MessageIdGenerator {

        private final AtomicLong last = new AtomicLong();

        @Override
        public long nextId() {
            return this.last.incrementAndGet();
        }

        @Override
        public long[] nextIds(int count) {
            return LongStream.range(0, count).map((i) -> nextId()).toArray();
        }

    }

}

package io.reliablemq.test.outbox;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.FailureKind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Topics whose broker gives no answer cost themselves only: more of them than the relay
 * has threads, and no attempt at any of them ends before the others' messages have been
 * sent.
 */
@Timeout(60)
class HangingTopicTests {

    private static final List<String> HANGING = List.of("hangs-1", "hangs-2", "hangs-3", "hangs-4");

    private final CountDownLatch answer = new CountDownLatch(1);

    private final AtomicInteger inside = new AtomicInteger();

    private final AtomicInteger most = new AtomicInteger();

    private final RecordingTransport transport = new RecordingTransport();

    private final RelayOnH2 outbox = new RelayOnH2(this.transport, PayloadCodec.plain(), Duration.ofMinutes(5),
            UnaryOperator.identity());

    HangingTopicTests() {
        this.transport.answer = (messages) -> messages.get(0).topic().startsWith("hangs") ? hang()
                : RecordingTransport.stored();
    }

    private AttemptResult hang() {
        this.most.accumulateAndGet(this.inside.incrementAndGet(), Math::max);
        boolean answered = false;
        while (!answered) {
            try {
                this.answer.await();
                answered = true;
            }
            catch (InterruptedException ex) {
                // Some calls cannot be interrupted.
                answered = false;
            }
        }
        this.inside.decrementAndGet();
        return new AttemptResult.Failed(RecordingTransport.QUEUE, FailureKind.TRANSIENT, true,
                new IllegalStateException("no answer"), "Mend it.");
    }

    @AfterEach
    void close() {
        this.answer.countDown();
        this.outbox.close();
    }

    @Test
    void keysOfTopicsThatHangHoldUpNoOthers() {
        HANGING.forEach((topic) -> IntStream.range(0, 150)
            .forEach((i) -> this.outbox.store(topic, "key-" + i, List.of("never"))));
        this.outbox.relay.start();
        await().untilAsserted(() -> assertThat(this.inside).hasValue(HANGING.size()));

        othersArrive();
    }

    @Test
    void committedMessagesOfTopicsThatHangHoldUpNoOthers() {
        this.outbox.relay.start();
        HANGING.forEach(
                (topic) -> IntStream.range(0, 150).forEach((i) -> this.outbox.send(topic, null, List.of("never"))));
        await().untilAsserted(() -> assertThat(this.inside).hasValue(HANGING.size()));

        othersArrive();
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 150 })
    void aBacklogOfTopicsThatHangHoldsUpNoOthers(int rows) {
        HANGING.forEach(
                (topic) -> this.outbox.store(topic, null, IntStream.range(0, rows).mapToObj((i) -> "n" + i).toList()));
        this.outbox.relay.start();
        await().untilAsserted(() -> assertThat(this.inside).hasValue(HANGING.size()));

        othersArrive();
    }

    /** So many keys of a broker that gives no answer are due that none else is seen. */
    @Test
    void keysOfABrokerThatHangsHoldUpNoneOfAnotherBroker() {
        this.transport.broker = (key) -> key.startsWith("hangs") ? "broker-a" : "broker-b";
        this.transport.answer = (messages) -> String.valueOf(messages.get(0).orderingKey()).startsWith("hangs") ? hang()
                : RecordingTransport.stored();
        IntStream.range(0, 1500).forEach((i) -> this.outbox.store("orders", "hangs-" + i, List.of("never")));
        this.outbox.relay.start();
        await().untilAsserted(() -> assertThat(this.inside).hasValue(1));

        List<String> payloads = IntStream.range(0, 20).mapToObj((i) -> "sent-" + i).toList();
        payloads.forEach((payload) -> this.outbox.store("orders", payload, List.of(payload)));

        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactlyInAnyOrderElementsOf(payloads));
        assertThat(this.most).hasValue(1);
    }

    private void othersArrive() {
        for (String key : new @Nullable String[] { null, "k" }) {
            this.outbox.store("others", key, List.of("stored " + key));
            this.outbox.send("others", key, List.of("committed " + key));
        }
        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactlyInAnyOrder("stored null",
                "committed null", "stored k", "committed k"));
        assertThat(this.most).as("one thread inside each").hasValue(HANGING.size());
        assertThat(this.answer.getCount()).isOne();
    }

}

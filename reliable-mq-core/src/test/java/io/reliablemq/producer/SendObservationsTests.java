package io.reliablemq.producer;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.Observed;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.ReliableMessage;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.messaging.support.MessageBuilder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link SendObservations}.
 */
@Timeout(60)
class SendObservationsTests {

    private final FakeTransport transport = new FakeTransport();

    private final Observed observed = new Observed();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private SendBuffer buffer = SendBuffer.none();

    private ReliableMQTemplate template = template(this.observed.registry());

    @AfterEach
    void close() {
        this.template.close();
    }

    @Test
    void putsTheTraceContextIntoTheMessage() {
        this.template.send(ReliableMessage.to("orders:created").payload("x").header("a", "b").build());

        assertThat(this.transport.prepared.get(0).properties()).containsEntry("traceparent", "context-1")
            .containsEntry("a", "b");
        Observation.Context context = only();
        assertThat(context.getName()).isEqualTo("reliable.mq.publish");
        assertThat(context.getContextualName()).isEqualTo("send orders");
        assertThat(Observed.tags(context)).containsEntry("messaging.system", "rocketmq")
            .containsEntry("messaging.operation.type", "send")
            .containsEntry("messaging.destination.name", "orders")
            .containsEntry("outcome", "acknowledged")
            .containsEntry("messaging.message.id", "UNIQ1")
            .containsEntry("reliable_mq.id", "1");
    }

    @Test
    void keepsTheHeadersOfASpringMessage() {
        this.template.send("orders", MessageBuilder.withPayload("x").setHeader("a", "b").build());

        assertThat(this.transport.prepared.get(0).properties()).containsEntry("traceparent", "context-1")
            .containsEntry("a", "b");
    }

    @Test
    void isCurrentWhileTheMessageIsSent() {
        this.transport.answer((attempt) -> {
            assertThat(this.observed.registry().getCurrentObservation()).isNotNull();
            return new AttemptResult.Stored(FakeTransport.QUEUE, StorageStatus.REPLICATED);
        });
        this.template.send("orders", "x");
        assertThat(this.observed.registry().getCurrentObservation()).isNull();
        assertThat(this.transport.attempts).hasSize(1);
    }

    @Test
    void keepsTheContextOfWhatIsStoredFirst() {
        KeepAll kept = new KeepAll();
        this.buffer = kept;
        this.template = template(this.observed.registry());

        assertThat(this.template.send("orders", "x").delivery()).isEqualTo(Delivery.OUTBOXED);

        assertThat(kept.headers).containsEntry("traceparent", "context-1");
        assertThat(Observed.tags(only())).containsEntry("outcome", "outboxed");
    }

    @Test
    void tellsAFailure() {
        this.transport.failed(FailureKind.ILLEGAL, false, new IOException("no"));

        assertThatExceptionOfType(SendFailedException.class).isThrownBy(() -> this.template.send("orders", "x"));

        assertThat(only().getError()).isInstanceOf(SendFailedException.class);
        assertThat(Observed.tags(only())).containsEntry("outcome", "failed");
    }

    /** Whoever sends it again, under a new id, doubles it. */
    @Test
    void aSentMessageIsSentWhateverWatchesIt() {
        this.observed.registry().observationConfig().observationHandler(new Failing());
        this.meters.config().meterFilter(new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                throw new IllegalStateException("no meter");
            }
        });

        assertThat(this.template.send("orders", "x").delivery()).isEqualTo(Delivery.ACKNOWLEDGED);
        assertThat(this.template.sendAll(List.of(ReliableMessage.to("orders").payload("y").build()))).hasSize(1);
        assertThat(this.template.sendAsync("orders", "z")).succeedsWithin(Duration.ofSeconds(30));
    }

    @Test
    void observesAsynchronousSends() throws Exception {
        this.transport.failed(FailureKind.ILLEGAL, true, new IOException("no"));

        assertThat(this.template.sendAsync("orders", "x")).failsWithin(java.time.Duration.ofSeconds(30))
            .withThrowableOfType(java.util.concurrent.ExecutionException.class)
            .withCauseInstanceOf(SendFailedException.class);
        await().until(() -> this.observed.ended().size() == 1);
        assertThat(Observed.tags(only())).containsEntry("outcome", "uncertain");

        assertThat(this.template.sendAsync("orders", "y").get().attempts()).isEqualTo(1);
        await().until(() -> this.observed.ended().size() == 2);
        assertThat(this.transport.prepared.get(1).properties()).containsEntry("traceparent", "context-2");
        assertThat(Observed.tags(this.observed.ended().get(1))).containsEntry("outcome", "acknowledged");
    }

    @Test
    void observesEachOfMany() {
        this.transport.stored(StorageStatus.REPLICATED).failed(FailureKind.ILLEGAL, false, new IOException("no"));
        List<ReliableMessage<?>> messages = List.of(ReliableMessage.to("orders").payload("x").build(),
                ReliableMessage.to("orders").payload("y").build());

        assertThatExceptionOfType(SendAllFailedException.class).isThrownBy(() -> this.template.sendAll(messages));

        assertThat(this.transport.prepared).extracting((prepared) -> prepared.properties().get("traceparent"))
            .containsExactly("context-1", "context-2");
        assertThat(this.observed.ended()).extracting((context) -> Observed.tags(context).get("outcome"))
            .containsExactly("acknowledged", "failed");
    }

    @Test
    void addsNothingWhereNobodyObserves() {
        this.template = template(ObservationRegistry.NOOP);
        this.template.send("orders", "x");
        assertThat(this.transport.prepared.get(0).properties()).isEmpty();
    }

    private Observation.Context only() {
        assertThat(this.observed.ended()).hasSize(1);
        return this.observed.ended().get(0);
    }

    private ReliableMQTemplate template(ObservationRegistry registry) {
        return ReliableMQTemplate.builder(new RocketMQTemplate(), (any) -> this.transport, new Ids())
            .buffer(this.buffer)
            .meters(this.meters)
            .observations(registry)
            .build();
    }

    private static final class Ids implements MessageIdGenerator {

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

    private static final class KeepAll implements SendBuffer {

        private Map<String, String> headers = Map.of();

        @Override
        public List<PreparedMessage> keep(MessageTransport transport, List<PreparedMessage> messages,
                AfterCommitSender afterCommit) {
            this.headers = messages.get(0).properties();
            return messages;
        }

        @Override
        public boolean keepFailed(MessageTransport transport, List<PreparedMessage> messages, int tried,
                SendFailedException failure) {
            return false;
        }

        @Override
        public void acknowledged(MessageTransport transport, PreparedMessage message, AttemptResult.Stored stored) {
        }

    }

    private static final class Failing implements ObservationHandler<Observation.Context> {

        @Override
        public void onStop(Observation.Context context) {
            throw new IllegalStateException("no span");
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }

    }

}

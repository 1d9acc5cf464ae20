package io.reliablemq.producer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.ReliableMessage;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Several messages in batches of three.
 */
class BulkSendTests {

    private static final IOException CAUSE = new IOException("gone");

    private final FakeTransport transport = new FakeTransport();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final FakeTicker ticker = new FakeTicker();

    private final NotingBuffer buffer = new NotingBuffer();

    private final CountingIds ids = new CountingIds();

    private final ReliableMQTemplate template = template(SendLimits.none());

    BulkSendTests() {
        this.transport.most = 3;
    }

    @AfterEach
    void close() {
        Thread.interrupted();
        this.template.close();
    }

    @Test
    void handsNeighboursOverTogether() {
        List<SendReceipt> receipts = this.template.sendAll(messages(7));

        assertThat(attempts()).containsExactly(List.of(1L, 2L, 3L), List.of(4L, 5L, 6L), List.of(7L));
        assertThat(receipts).extracting(SendReceipt::id).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(receipts).extracting(SendReceipt::msgId)
            .containsExactly("UNIQ1", "UNIQ2", "UNIQ3", "UNIQ4", "UNIQ5", "UNIQ6", "UNIQ7");
        assertThat(receipts).allMatch((it) -> it.delivery() == Delivery.ACKNOWLEDGED && it.attempts() == 1);
        assertThat(count("acknowledged")).isEqualTo(7);
    }

    @Test
    void tellsTheBufferThePlaceOfEach() {
        this.transport
            .answer((attempt) -> new AttemptResult.Stored(FakeTransport.QUEUE, StorageStatus.REPLICATED, 100));

        this.template.sendAll(messages(3));

        assertThat(this.buffer.acknowledged).containsExactly("1@100", "2@101", "3@102");
    }

    @Test
    void doesNotInventPlaces() {
        this.template.sendAll(messages(3));

        assertThat(this.buffer.acknowledged).containsExactly("1@-1", "2@-1", "3@-1");
    }

    @Test
    void triesABatchAgainAsAWhole() {
        this.transport.failed(FailureKind.TRANSIENT, true, CAUSE).stored(StorageStatus.FLUSHED);

        List<SendReceipt> receipts = this.template.sendAll(messages(4));

        assertThat(attempts()).containsExactly(List.of(1L, 2L, 3L), List.of(1L, 2L, 3L), List.of(1L, 2L, 3L),
                List.of(4L));
        assertThat(receipts).extracting(SendReceipt::attempts).containsExactly(3, 3, 3, 1);
        assertThat(this.transport.attempts.get(1).failed()).isEqualTo(FakeTransport.QUEUE);
    }

    @Test
    void tellsExactlyWhatIsSentAndWhatIsNot() {
        this.transport.stored(StorageStatus.REPLICATED).failed(FailureKind.UNAVAILABLE, true, CAUSE);

        SendAllFailedException failure = failure(8);

        assertThat(failure.getReceipts()).extracting(SendReceipt::id).containsExactly(1L, 2L, 3L);
        assertThat(failure.getUnsentIds()).containsExactly(4, 5, 6, 7, 8);
        assertThat(failure.getTriedIds()).containsExactly(4, 5, 6);
        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure.getId()).isEqualTo(4);
        assertThat(failure).hasRootCause(CAUSE)
            .hasMessageContaining("Of 8 messages, 3 were sent")
            .hasMessageContaining("(in one batch with 2 others)");
        assertThat(count("acknowledged")).isEqualTo(3);
        assertThat(count("uncertain")).isEqualTo(3);
    }

    @Test
    void triesNothingWhenInterrupted() {
        Thread.currentThread().interrupt();

        SendAllFailedException failure = failure(4);

        assertThat(this.transport.attempts).isEmpty();
        assertThat(failure.getTriedIds()).isEmpty();
        assertThat(failure.getUnsentIds()).containsExactly(1, 2, 3, 4);
        assertThat(failure.isUncertain()).isFalse();
    }

    @Test
    void findsTheOneAtFaultBySendingEachAlone() {
        this.transport.failed(FailureKind.ILLEGAL, false, CAUSE)
            .stored(StorageStatus.REPLICATED)
            .failed(FailureKind.ILLEGAL, false, CAUSE);

        SendAllFailedException failure = failure(5);

        assertThat(attempts()).containsExactly(List.of(1L, 2L, 3L), List.of(1L), List.of(2L));
        assertThat(failure.getReceipts()).extracting(SendReceipt::id).containsExactly(1L);
        assertThat(failure.getUnsentIds()).containsExactly(2, 3, 4, 5);
        assertThat(failure.getTriedIds()).containsExactly(2);
        assertThat(failure.isUncertain()).isFalse();
        assertThat(failure.isRetryable()).isFalse();
        assertThat(count("acknowledged")).isEqualTo(1);
        assertThat(count("failed")).isEqualTo(1);
    }

    @Test
    void goesOnInBatchesWhenOnlyTheBatchWasRefused() {
        this.transport.failed(FailureKind.ILLEGAL, false, CAUSE);

        assertThat(this.template.sendAll(messages(5))).extracting(SendReceipt::attempts).containsExactly(2, 2, 2, 1, 1);
        assertThat(attempts()).containsExactly(List.of(1L, 2L, 3L), List.of(1L), List.of(2L), List.of(3L),
                List.of(4L, 5L));
    }

    @Test
    void remembersThatARefusedBatchMayBeStored() {
        this.transport.failed(FailureKind.TRANSIENT, true, CAUSE)
            .failed(FailureKind.ILLEGAL, false, CAUSE)
            .failed(FailureKind.ILLEGAL, false, CAUSE);

        SendAllFailedException failure = failure(5);

        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure.getTriedIds()).containsExactly(1, 2, 3);
    }

    @Test
    void keepsAllThatCouldNotBeSent() {
        this.buffer.keeps = true;
        this.transport.stored(StorageStatus.REPLICATED).failed(FailureKind.UNAVAILABLE, true, CAUSE);

        List<SendReceipt> receipts = this.template.sendAll(messages(8));

        assertThat(this.buffer.kept).containsExactly(4L, 5L, 6L, 7L, 8L);
        assertThat(this.buffer.tried).isEqualTo(3);
        assertThat(receipts).extracting(SendReceipt::delivery)
            .containsExactly(Delivery.ACKNOWLEDGED, Delivery.ACKNOWLEDGED, Delivery.ACKNOWLEDGED, Delivery.OUTBOXED,
                    Delivery.OUTBOXED, Delivery.OUTBOXED, Delivery.OUTBOXED, Delivery.OUTBOXED);
        assertThat(receipts).extracting(SendReceipt::attempts).containsExactly(1, 1, 1, 1, 1, 1, 0, 0);
        assertThat(this.transport.attempts).hasSize(2);
    }

    @Test
    void tellsWhatWasSentWhenTheBufferFails() {
        this.buffer.bug = new IllegalStateException("bug");
        this.transport.stored(StorageStatus.REPLICATED).failed(FailureKind.UNAVAILABLE, false, CAUSE);

        SendAllFailedException failure = failure(8);

        assertThat(failure.getReceipts()).extracting(SendReceipt::id).containsExactly(1L, 2L, 3L);
        assertThat(failure.isUncertain()).as("it may have kept them").isTrue();
        assertThat(failure.getTriedIds()).containsExactly(4, 5, 6, 7, 8);
        assertThat(failure).hasRootCause(CAUSE);
        assertThat(failure.getCause()).hasSuppressedException(this.buffer.bug);
        assertThat(count("uncertain")).isEqualTo(3);
    }

    @Test
    void drawsAllIdsAtOnce() {
        List<ReliableMessage<String>> messages = new ArrayList<>(messages(5));
        messages.add(2, ReliableMessage.to("orders").payload("x").id(42).build());

        assertThat(this.template.sendAll(messages)).extracting(SendReceipt::id)
            .containsExactly(1L, 2L, 42L, 3L, 4L, 5L);
        assertThat(this.ids.drawn).containsExactly(5);
    }

    @Test
    void takesATurnForEach() {
        ReliableMQTemplate limited = template(SendLimits.of(Map.of("orders", 20.0)));

        limited.sendAll(messages(7));

        assertThat(attempts()).as("two turns come together")
            .containsExactly(List.of(1L, 2L), List.of(3L, 4L), List.of(5L, 6L), List.of(7L));
        assertThat(this.ticker.slept).isNotEmpty();
    }

    @Test
    void sendsNothingIfTheBufferReturnsCopies() {
        this.buffer.copies = true;

        assertThatIllegalStateException().isThrownBy(() -> this.template.sendAll(messages(2)))
            .withMessageContaining("NotingBuffer returned others than it was given");
        assertThat(attempts()).isEmpty();
    }

    private SendAllFailedException failure(int count) {
        return catchThrowableOfType(SendAllFailedException.class, () -> this.template.sendAll(messages(count)));
    }

    private List<List<Long>> attempts() {
        return this.transport.attempts.stream().map(FakeTransport.Attempt::ids).toList();
    }

    private long count(String outcome) {
        return this.meters.get("reliable.mq.send").tag("outcome", outcome).timer().count();
    }

    private static List<ReliableMessage<String>> messages(int count) {
        return IntStream.range(0, count).mapToObj((i) -> ReliableMessage.to("orders").payload("x").build()).toList();
    }

    private ReliableMQTemplate template(SendLimits limits) {
        return ReliableMQTemplate.builder(new RocketMQTemplate(), (any) -> this.transport, this.ids)
            .buffer(this.buffer)
            .limits(limits)
            .meters(this.meters)
            .ticker(this.ticker)
            .build();
    }

    private static final class NotingBuffer implements SendBuffer {

        private final List<String> acknowledged = new ArrayList<>();

        private final List<Long> kept = new ArrayList<>();

        private boolean copies;

        private boolean keeps;

        private @Nullable RuntimeException bug;

        private int tried;

        @Override
        public List<PreparedMessage> keep(MessageTransport transport, List<PreparedMessage> messages,
                AfterCommitSender afterCommit) {
            return this.copies ? messages.stream()
                .map((each) -> new PreparedMessage(each.id(), each.uniqKey(), each.topic(), each.tag(), each.keys(),
                        each.body(), each.properties(), each.orderingKey(), each.deliverAt()))
                .toList() : List.of();
        }

        @Override
        public boolean keepFailed(MessageTransport transport, List<PreparedMessage> messages, int tried,
                SendFailedException failure) {
            if (this.bug != null) {
                throw this.bug;
            }
            if (this.keeps) {
                this.tried = tried;
                messages.forEach((each) -> this.kept.add(each.id()));
            }
            return this.keeps;
        }

        @Override
        public void acknowledged(MessageTransport transport, PreparedMessage message, AttemptResult.Stored stored) {
            this.acknowledged.add(message.id() + "@" + stored.queueOffset());
        }

    }

    private static final class CountingIds implements MessageIdGenerator {

        private final AtomicLong last = new AtomicLong();

        private final List<Integer> drawn = new ArrayList<>();

        @Override
        public long nextId() {
            this.drawn.add(1);
            return this.last.incrementAndGet();
        }

        @Override
        public long[] nextIds(int count) {
            this.drawn.add(count);
            return LongStream.range(0, count).map((i) -> this.last.incrementAndGet()).toArray();
        }

    }

}

package io.reliablemq.producer;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * Asynchronous sends on a transport that does not wait for answers.
 */
@Timeout(60)
class AsyncSendTests {

    private static final Duration SOON = Duration.ofSeconds(30);

    private static final AttemptResult STORED = new AttemptResult.Stored(FakeTransport.QUEUE, StorageStatus.REPLICATED);

    private static final IOException CAUSE = new IOException("gone");

    private final FakeTransport transport = new FakeTransport();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private ReliableMQTemplate template = template(SendOptions.defaults(), SendLimits.none());

    AsyncSendTests() {
        this.transport.asynchronous = true;
    }

    @AfterEach
    void close() {
        this.template.close();
    }

    @Test
    void takesNoThreadWhileTheAnswerIsAwaited() {
        List<CompletableFuture<SendReceipt>> sends = unanswered(500);

        assertThat(this.transport.attempts).hasSize(500);
        assertThat(sends).noneMatch(CompletableFuture::isDone);

        answerAll();

        assertThat(sends).allSatisfy((send) -> assertThat(send).succeedsWithin(SOON));
        assertThat(this.meters.get("reliable.mq.send").tag("outcome", "acknowledged").timer().count()).isEqualTo(500);
    }

    @Test
    void goesOnLikeASynchronousSend() {
        this.transport.failed(FailureKind.TRANSIENT, true, CAUSE).stored(StorageStatus.FLUSHED);

        assertThat(this.template.sendAsync("orders", "x")).succeedsWithin(SOON)
            .isEqualTo(new SendReceipt(1, "UNIQ1", Delivery.ACKNOWLEDGED, 3));
        assertThat(this.transport.attempts.get(0).failed()).isNull();
        assertThat(this.transport.attempts.get(1).failed()).isEqualTo(FakeTransport.QUEUE);
    }

    @Test
    void remembersThatTheFirstAttemptMayHaveStoredIt() {
        this.transport.failed(FailureKind.TRANSIENT, true, CAUSE).failed(FailureKind.ILLEGAL, false, CAUSE);

        SendFailedException failure = failure(this.template.sendAsync("orders", "x"));

        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure.getAttempts()).isEqualTo(2);
    }

    @Test
    void failsUncertainWhenTheTransportThrows() {
        this.transport.answer((attempt) -> {
            throw new IllegalStateException("bug");
        });

        SendFailedException failure = failure(this.template.sendAsync("orders", "x"));

        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure).hasMessageContaining("the transport failed").hasRootCauseMessage("bug");
    }

    @Test
    void failsUncertainWhenClosedBeforeTheAnswer() {
        this.template = template(SendOptions.defaults().withDrainTimeout(Duration.ofMillis(20)), SendLimits.none());
        CompletableFuture<SendReceipt> send = unanswered(1).get(0);

        this.template.close();

        SendFailedException failure = failure(send);
        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure.getAttempts()).isEqualTo(1);
        answerAll();
        assertThat(send).isCompletedExceptionally();
    }

    @Test
    void holdsTheCallerWhenTooManyAreInFlight() throws InterruptedException {
        this.template = template(SendOptions.defaults().withMaxInFlight(2), SendLimits.none());
        unanswered(2);
        CompletableFuture<SendReceipt> third = new CompletableFuture<>();
        Thread caller = new Thread(() -> this.template.sendAsync("orders", "x").thenAccept(third::complete));
        caller.start();
        await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
        assertThat(this.transport.attempts).hasSize(2);

        this.transport.open.get(0).complete(STORED);

        assertThat(third).succeedsWithin(SOON);
        caller.join();
        this.transport.open.get(1).complete(STORED);
    }

    @Test
    void isNotBegunWhenItsTurnWouldComeTooLate() {
        this.template = template(SendOptions.defaults().withDeadline(Duration.ofSeconds(2)),
                SendLimits.of(Map.of("orders", 0.1)));
        this.template.sendAsync("orders", "x").join();

        assertThat(failure(this.template.sendAsync("orders", "x")).getAttempts()).isZero();
        assertThat(this.transport.attempts).hasSize(1);
    }

    @Test
    void runsNoActionOnTheThreadThatAnswers() {
        CompletableFuture<Thread> ranOn = unanswered(1).get(0).thenApply((receipt) -> Thread.currentThread());

        answerAll();

        assertThat(ranOn.join().getName()).startsWith("reliable-mq-send-");
    }

    @Test
    void anActionThatBlocksHoldsNoOther() {
        CountDownLatch last = new CountDownLatch(1);
        List<CompletableFuture<SendReceipt>> sends = unanswered(20);
        List<CompletableFuture<Void>> actions = sends.subList(0, 19)
            .stream()
            .map((send) -> send.thenAccept((receipt) -> awaitLatch(last)))
            .toList();
        CompletableFuture<Void> releasing = sends.get(19).thenAccept((receipt) -> last.countDown());

        answerAll();

        assertThat(releasing).succeedsWithin(SOON);
        assertThat(actions).allSatisfy((action) -> assertThat(action).succeedsWithin(SOON));
    }

    @Test
    void holdsTheCallerWhileActionsAreSlow() throws InterruptedException {
        this.template = template(SendOptions.defaults().withMaxInFlight(4), SendLimits.none());
        CountDownLatch last = new CountDownLatch(1);
        List<CompletableFuture<Void>> actions = unanswered(4).stream()
            .map((send) -> send.thenAccept((receipt) -> awaitLatch(last)))
            .toList();
        CompletableFuture<SendReceipt> fifth = new CompletableFuture<>();
        Thread caller = new Thread(() -> this.template.sendAsync("orders", "x").thenAccept(fifth::complete));

        answerAll();
        caller.start();
        await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
        assertThat(this.transport.attempts).hasSize(4);

        last.countDown();
        assertThat(fifth).succeedsWithin(SOON);
        assertThat(actions).allSatisfy((action) -> assertThat(action).succeedsWithin(SOON));
    }

    @Test
    void anActionNeverWaitsForThePlacesOfOthers() {
        this.template = template(SendOptions.defaults().withMaxInFlight(1).withDeadline(Duration.ofHours(1)),
                SendLimits.none());
        CompletableFuture<SendReceipt> first = unanswered(1).get(0);
        AtomicInteger sent = new AtomicInteger();
        CompletableFuture<Void> all = first.thenCompose((receipt) -> CompletableFuture
            .allOf(IntStream.range(0, 3).mapToObj((i) -> chain(50, sent)).toArray(CompletableFuture<?>[]::new)));

        answerAll();

        assertThat(all).succeedsWithin(SOON);
        assertThat(sent).hasValue(150);
        assertThat(this.template.sendAsync("orders", "x")).succeedsWithin(SOON);
    }

    private CompletableFuture<SendReceipt> chain(int length, AtomicInteger sent) {
        return this.template.sendAsync("orders", "x").thenCompose((receipt) -> {
            sent.incrementAndGet();
            return (length > 1) ? chain(length - 1, sent) : CompletableFuture.completedFuture(receipt);
        });
    }

    @Test
    void waitsForActionsWhenClosed() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch last = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        CompletableFuture<Void> action = unanswered(1).get(0).thenAccept((receipt) -> {
            begun.countDown();
            awaitLatch(last);
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        answerAll();
        begun.await();

        Thread closing = new Thread(this.template::close);
        closing.start();
        await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        last.countDown();

        closing.join();
        assertThat(action).isCompleted();
        assertThat(interrupted).isFalse();
    }

    private List<CompletableFuture<SendReceipt>> unanswered(int count) {
        return IntStream.range(0, count).mapToObj((i) -> {
            this.transport.answer((attempt) -> null);
            return this.template.sendAsync("orders", "x");
        }).toList();
    }

    private void answerAll() {
        this.transport.open.forEach((each) -> each.complete(STORED));
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private static SendFailedException failure(CompletableFuture<SendReceipt> send) {
        ExecutionException failure = catchThrowableOfType(ExecutionException.class, send::get);
        return (SendFailedException) failure.getCause();
    }

    private ReliableMQTemplate template(SendOptions options, SendLimits limits) {
        return ReliableMQTemplate.builder(new RocketMQTemplate(), (any) -> this.transport, new CountingIds())
            .options(options)
            .limits(limits)
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

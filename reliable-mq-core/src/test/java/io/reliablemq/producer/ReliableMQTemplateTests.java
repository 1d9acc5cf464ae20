package io.reliablemq.producer;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;
import org.springframework.messaging.support.MessageBuilder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

@Timeout(60)
class ReliableMQTemplateTests {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    final FakeTransport transport = new FakeTransport();

    private final FakeTransport second = new FakeTransport();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final FakeTicker ticker = new FakeTicker();

    private ReliableMQTemplate template = template(SendOptions.defaults(), this.ticker);

    @AfterEach
    void close() {
        Thread.interrupted();
        MDC.clear();
        this.template.close();
    }

    @Test
    void drawsAnIdUnlessTheApplicationGaveOne() {
        assertThat(this.template.send("orders", "x").id()).isEqualTo(1);
        assertThat(this.template.send("orders:created", "x").id()).isEqualTo(2);
        assertThat(this.template.send(ReliableMessage.to("orders").payload("x").id(42).build()).id()).isEqualTo(42);
        assertThat(this.template.send("orders", "x").id()).isEqualTo(3);
    }

    @Test
    void putsTheIdSpaceIntoMessagesHoweverTheyAreSent() {
        List<ReliableMessage<?>> messages = List.of(message("drawn"),
                ReliableMessage.to("orders").payload("given").id(42).build(),
                ReliableMessage.to("orders").payload("foreign").id(43, "others").build());
        try (ReliableMQTemplate spaced = builder(new CountingIds("mine")).ticker(this.ticker).build()) {
            messages.forEach(spaced::send);
            messages.forEach((message) -> spaced.sendAsync(message).join());
            spaced.sendAll(messages);
            messages.forEach(spaced.on(mock(RocketMQTemplate.class))::send);
        }
        List<FakeTransport.Attempt> attempts = new ArrayList<>(this.transport.attempts);
        attempts.addAll(this.second.attempts);
        assertThat(attempts).flatMap(FakeTransport.Attempt::messages).hasSize(12).allSatisfy((sent) -> {
            String space = (sent.id() == 43) ? "others" : "mine";
            assertThat(sent.space()).isEqualTo(space);
            assertThat(sent.properties()).containsEntry("RELIABLE_SPACE", space);
            assertThat(sent.properties().containsKey("RELIABLE_GIVEN_ID")).isEqualTo(sent.id() >= 42);
        });
    }

    @Test
    void fixesTheDeliveryTimeBeforeTheFirstAttempt() {
        this.transport.failed(FailureKind.TRANSIENT, true, new IOException());

        this.template.send(ReliableMessage.to("orders").payload("x").delay(Duration.ofMinutes(5)).build());

        assertThat(this.transport.attempts).hasSize(2)
            .allMatch((attempt) -> NOW.plusSeconds(300).equals(attempt.message().deliverAt()));
    }

    @Test
    void deliversAtOnceWhenTheDelayIsZero() {
        this.template.send(ReliableMessage.to("orders").payload("x").delay(Duration.ZERO).build());

        assertThat(this.transport.prepared.get(0).deliverAt()).isNull();
    }

    @Test
    void takesSpringMessagesApart() {
        this.template.send("orders",
                MessageBuilder.withPayload("x").setHeader("KEYS", "a b").setHeader("tenant", 7).build());

        PreparedMessage prepared = this.transport.prepared.get(0);
        assertThat(prepared.body()).isEqualTo("x".getBytes());
        assertThat(prepared.keys()).containsExactly("a", "b");
        assertThat(prepared.properties()).containsOnlyKeys("tenant").containsEntry("tenant", "7");
    }

    @Test
    void prefersTheMessagesOwnHeadersToThoseOfASpringMessage() {
        this.template.send(ReliableMessage.to("orders")
            .payload(MessageBuilder.withPayload("x").setHeader("rocketmq_KEYS", "b").setHeader("tenant", 7).build())
            .key("a")
            .header("tenant", "8")
            .build());

        PreparedMessage prepared = this.transport.prepared.get(0);
        assertThat(prepared.keys()).containsExactly("a", "b");
        assertThat(prepared.properties()).containsEntry("tenant", "8");
    }

    @Test
    void refusesSpringMessagesThatDoNotWaitForTheBroker() {
        assertThatExceptionOfType(InvalidMessageException.class)
            .isThrownBy(() -> this.template.send("orders",
                    MessageBuilder.withPayload("x").setHeader("WAIT_STORE_MSG_OK", "false").build()))
            .withMessageContaining("WAIT_STORE_MSG_OK");
    }

    @Test
    void refusesSpringMessagesThatCarryReservedHeaders() {
        assertThatExceptionOfType(InvalidMessageException.class)
            .isThrownBy(() -> this.template.send("orders",
                    MessageBuilder.withPayload("x").setHeader("RELIABLE_ID", "1").build()))
            .withMessageContaining("RELIABLE_ID");
    }

    @Test
    void namesTheMessageInTheLoggingContextWhileItIsSent() {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        FakeTransport.Answer answer = (attempt) -> {
            seen.add(MDC.get("reliableMqId"));
            return new AttemptResult.Stored(FakeTransport.QUEUE, StorageStatus.REPLICATED);
        };
        this.transport.answer(answer).answer(answer).answer(answer);

        this.template.send("orders", "x");
        assertThat(MDC.get("reliableMqId")).isNull();
        MDC.put("reliableMqId", "outer");
        this.template.send("orders", "x");
        assertThat(MDC.get("reliableMqId")).isEqualTo("outer");
        this.template.sendAsync("orders", "x").join();

        assertThat(seen).containsExactly("1", "2", "3");
    }

    @Test
    void timesSendsByOutcome() {
        this.transport.failed(FailureKind.ILLEGAL, false, new IOException())
            .failed(FailureKind.ILLEGAL, true, new IOException());
        catchThrowableOfType(SendFailedException.class, () -> this.template.send("orders", "x"));
        catchThrowableOfType(SendFailedException.class, () -> this.template.send("orders", "x"));
        this.template.send("orders:created", "x");

        assertThat(List.of("failed", "uncertain", "acknowledged"))
            .allMatch((outcome) -> this.meters.get("reliable.mq.send")
                .tag("topic", "orders")
                .tag("outcome", outcome)
                .timer()
                .count() == 1);
    }

    @Test
    void completesAsynchronousSends() {
        SendReceipt receipt = this.template.sendAsync("orders", "x").join();

        assertThat(receipt).isEqualTo(new SendReceipt(1, "UNIQ1", Delivery.ACKNOWLEDGED, 1));
    }

    @Test
    void failsAsynchronousSendsWithTheExceptionItself() {
        this.transport.failed(FailureKind.ILLEGAL, false, new IOException());

        CompletableFuture<SendReceipt> failed = this.template.sendAsync("orders", "x");
        CompletableFuture<SendReceipt> illegal = this.template.sendAsync("orders", "");

        await().until(failed::isDone);
        assertThat(thrown(failed)).isInstanceOf(SendFailedException.class);
        assertThat(thrown(illegal)).isInstanceOf(InvalidMessageException.class);
    }

    @Test
    void boundsAsynchronousSendsAndFailsThoseThatFindNoPlace() throws InterruptedException {
        this.template = template(SendOptions.defaults().withMaxInFlight(2).withDeadline(Duration.ofMillis(50)),
                this.ticker);
        CountDownLatch release = new CountDownLatch(1);
        List<CompletableFuture<SendReceipt>> running = IntStream.range(0, 2)
            .mapToObj((i) -> blocked(release, "key" + i))
            .toList();

        CompletableFuture<SendReceipt> third = this.template.sendAsync("orders", "x");

        assertThat(thrown(third)).isInstanceOfSatisfying(SendFailedException.class, (failure) -> {
            assertThat(failure).hasMessageContaining("max-in-flight");
            assertThat(failure.getAttempts()).isZero();
            assertThat(failure.isUncertain()).isFalse();
        });
        release.countDown();
        assertThat(running).allSatisfy((future) -> assertThat(future).succeedsWithin(Duration.ofSeconds(30)));
        await().untilAsserted(
                () -> assertThat(this.template.sendAsync("orders", "x")).succeedsWithin(Duration.ofSeconds(30)));
    }

    @Test
    void letsACallerWaitForAPlace() throws InterruptedException {
        this.template = template(SendOptions.defaults().withMaxInFlight(1).withDeadline(Duration.ofMinutes(1)),
                Ticker.SYSTEM);
        CountDownLatch release = new CountDownLatch(1);
        blocked(release);
        CompletableFuture<SendReceipt> second = new CompletableFuture<>();
        Thread caller = new Thread(() -> this.template.sendAsync("orders", "x").thenAccept(second::complete));
        caller.start();

        await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
        assertThat(second).isNotDone();
        release.countDown();

        assertThat(second).succeedsWithin(Duration.ofSeconds(30));
    }

    @Test
    void keepsTheInterruptOfACallerThatWaitsForAPlace() {
        this.template = template(SendOptions.defaults().withMaxInFlight(1).withDeadline(Duration.ofMinutes(1)),
                Ticker.SYSTEM);
        CountDownLatch release = new CountDownLatch(1);
        blocked(release);
        Thread.currentThread().interrupt();

        CompletableFuture<SendReceipt> second = this.template.sendAsync("orders", "x");

        assertThat(Thread.interrupted()).isTrue();
        assertThat(thrown(second)).isInstanceOf(SendFailedException.class).hasMessageContaining("interrupted");
        release.countDown();
    }

    @Test
    void sendsMessagesOfOneOrderingKeyOneAfterAnother() {
        this.transport.answer((attempt) -> {
            throw new IllegalStateException("the first fails");
        });
        List<CompletableFuture<SendReceipt>> futures = IntStream.range(0, 200)
            .mapToObj((i) -> this.template
                .sendAsync(ReliableMessage.to("orders").payload("x" + i).id(i + 1).orderingKey("c").build()))
            .toList();

        await().untilAsserted(() -> assertThat(futures).allMatch(CompletableFuture::isDone));

        assertThat(this.transport.attempts).extracting((attempt) -> attempt.message().id())
            .containsExactlyElementsOf(LongStream.rangeClosed(1, 200).boxed().toList());
        assertThat(futures.get(0)).isCompletedExceptionally();
        assertThat(futures.subList(1, 200)).noneMatch(CompletableFuture::isCompletedExceptionally);
    }

    @Test
    void waitsForAsynchronousSendsWhenClosed() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<SendReceipt> running = blocked(release);
        Thread closing = new Thread(this.template::close);
        closing.start();
        await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        assertThat(running).isNotDone();

        release.countDown();
        closing.join(TimeUnit.SECONDS.toMillis(30));

        assertThat(closing.isAlive()).isFalse();
        assertThat(running).succeedsWithin(Duration.ofSeconds(30));
    }

    @Test
    void failsWhatIsStillInFlightAfterTheDrainTimeout() {
        this.template = template(SendOptions.defaults().withMaxInFlight(100).withDrainTimeout(Duration.ofMillis(20)),
                Ticker.SYSTEM);
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<SendReceipt> running = blocked(never);
        List<CompletableFuture<SendReceipt>> waiting = IntStream.range(0, 50)
            .mapToObj((i) -> this.template
                .sendAsync(ReliableMessage.to("orders").payload("x").orderingKey("blocked").build()))
            .toList();

        this.template.close();

        await().until(running::isDone);
        assertThat(thrown(running)).isInstanceOfSatisfying(SendFailedException.class,
                (failure) -> assertThat(failure.isUncertain()).isTrue());
        assertThat(waiting).allSatisfy(
                (future) -> assertThat(thrown(future)).isInstanceOfSatisfying(SendFailedException.class, (failure) -> {
                    assertThat(failure).hasMessageContaining("closed");
                    assertThat(failure.isUncertain()).isFalse();
                }));
    }

    @Test
    void takesNoAsynchronousSendsOnceClosed() {
        this.template.close();

        CompletableFuture<SendReceipt> late = this.template.sendAsync("orders", "x");

        assertThat(thrown(late)).isInstanceOf(SendFailedException.class).hasMessageContaining("closed");
        assertThat(this.transport.attempts).isEmpty();
    }

    @Test
    void sendsAllInTheirOrder() {
        List<SendReceipt> receipts = this.template.sendAll(List.of(message("a"), message("b"),
                ReliableMessage.to("orders").payload("c").id(42).build(), message("d")));

        assertThat(receipts).extracting(SendReceipt::id).containsExactly(1L, 2L, 42L, 3L);
        assertThat(this.transport.attempts).extracting((attempt) -> new String(attempt.message().body()))
            .containsExactly("a", "b", "c", "d");
        assertThat(this.template.sendAll(List.of())).isEmpty();
    }

    @Test
    void tellsWhichOfSeveralMessagesWereSent() {
        IOException cause = new IOException("gone");
        this.transport.stored(StorageStatus.REPLICATED).failed(FailureKind.ILLEGAL, false, cause);

        SendAllFailedException failure = catchThrowableOfType(SendAllFailedException.class,
                () -> this.template.sendAll(List.of(message("a"), message("b"), message("c"))));

        assertThat(failure.getReceipts()).extracting(SendReceipt::id).containsExactly(1L);
        assertThat(failure.getUnsentIds()).containsExactly(2, 3);
        assertThat(failure.getId()).isEqualTo(2);
        assertThat(failure).hasRootCause(cause);
        assertThat(this.transport.attempts).hasSize(2);
    }

    @Test
    void sendsNothingWhenOneOfSeveralMessagesIsIllegal() {
        List<ReliableMessage<?>> messages = List.of(message("a"),
                ReliableMessage.to("orders").payload(MessageBuilder.withPayload("").build()).build());

        assertThatExceptionOfType(InvalidMessageException.class).isThrownBy(() -> this.template.sendAll(messages));
        assertThat(this.transport.attempts).isEmpty();
    }

    @Test
    void sendsOnAnotherCluster() {
        RocketMQTemplate other = new RocketMQTemplate();

        assertThat(this.template.on(other).send("orders", "x").id()).isEqualTo(1);

        assertThat(this.template.on(other)).isSameAs(this.template.on(other));
        assertThat(this.second.attempts).hasSize(1);
        assertThat(this.transport.attempts).isEmpty();
    }

    @Test
    void isNotClosedByATemplateOfAnotherCluster() {
        this.template.on(new RocketMQTemplate()).close();

        assertThat(this.template.sendAsync("orders", "x")).succeedsWithin(Duration.ofSeconds(30));
    }

    private CompletableFuture<SendReceipt> blocked(CountDownLatch release) {
        return blocked(release, "blocked");
    }

    private CompletableFuture<SendReceipt> blocked(CountDownLatch release, String orderingKey) {
        CountDownLatch begun = new CountDownLatch(1);
        this.transport.answer((attempt) -> {
            begun.countDown();
            release.await();
            return new AttemptResult.Stored(FakeTransport.QUEUE, StorageStatus.REPLICATED);
        });
        CompletableFuture<SendReceipt> future = this.template
            .sendAsync(ReliableMessage.to("orders").payload("x").orderingKey(orderingKey).build());
        await().until(() -> begun.getCount() == 0);
        return future;
    }

    private ReliableMQTemplate template(SendOptions options, Ticker ticker) {
        return builder(new CountingIds()).options(options).ticker(ticker).build();
    }

    private ReliableMQTemplate.Builder builder(MessageIdGenerator ids) {
        RocketMQTemplate first = new RocketMQTemplate();
        return ReliableMQTemplate.builder(first, (each) -> (each == first) ? this.transport : this.second, ids)
            .meters(this.meters)
            .clock(Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static ReliableMessage<String> message(String payload) {
        return ReliableMessage.to("orders").payload(payload).build();
    }

    private static Throwable thrown(CompletableFuture<?> future) {
        List<Throwable> thrown = new ArrayList<>();
        future.whenComplete((value, ex) -> thrown.add(ex));
        return thrown.get(0);
    }

    private static final class CountingIds implements MessageIdGenerator {

        private final AtomicLong last = new AtomicLong();

        private final @Nullable String space;

        CountingIds() {
            this(null);
        }

        CountingIds(@Nullable String space) {
            this.space = space;
        }

        @Override
        public @Nullable String space() {
            return this.space;
        }

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

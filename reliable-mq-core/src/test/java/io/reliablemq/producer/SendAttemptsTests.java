package io.reliablemq.producer;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class SendAttemptsTests {

    private static final IOException CAUSE = new IOException("connection reset");

    private final FakeTicker ticker = new FakeTicker();

    private final FakeTransport transport = new FakeTransport();

    private final PreparedMessage message = new PreparedMessage(42, "UNIQ", "orders", "created", List.of("42"),
            new byte[] { 1 }, Map.of(), null, null);

    private SendOptions options = SendOptions.defaults()
        .withBackoff(new Backoff(Duration.ofMillis(100), 2, Duration.ofSeconds(2), 0));

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    @Test
    void returnsAReceiptOfTheFirstAttempt() {
        assertThat(send()).isEqualTo(new SendReceipt(42, "UNIQ", Delivery.ACKNOWLEDGED, 1));
        assertThat(this.ticker.slept).isEmpty();
        assertThat(this.transport.attempts.get(0).failed()).isNull();
        assertThat(this.transport.attempts.get(0).timeout()).isEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void triesAgainWithGrowingWaitsAndTheSameMessage() {
        fails(3, false);

        assertThat(send().attempts()).isEqualTo(4);
        assertThat(this.ticker.slept).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200),
                Duration.ofMillis(400));
        assertThat(this.transport.attempts).allMatch((attempt) -> attempt.message() == this.message);
    }

    @Test
    void tellsTheTransportWhichQueueHasFailed() {
        fails(1, false);

        send();

        assertThat(this.transport.attempts.get(1).failed()).isEqualTo(FakeTransport.QUEUE);
    }

    @Test
    void givesUpWhenNoAttemptsAreLeftAndKeepsTheCause() {
        fails(4, false);

        SendFailedException failure = failure();

        assertThat(failure).hasCause(CAUSE)
            .hasMessageContaining("Message 42 to orders:created")
            .hasMessageContaining("4 attempts in 700 ms")
            .hasMessageContaining("connection reset")
            .hasMessageContaining("Do this.")
            .hasMessageContaining("The broker has not stored it.");
        assertThat(failure.getId()).isEqualTo(42);
        assertThat(failure.getDestination()).isEqualTo("orders:created");
        assertThat(failure.getAttempts()).isEqualTo(4);
        assertThat(failure.isUncertain()).isFalse();
    }

    @Test
    void isUncertainWhenAnyAttemptMayHaveStoredTheMessage() {
        fails(1, true);
        fails(3, false);

        SendFailedException failure = failure();

        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure).hasMessageContaining("send it again under the same id");
    }

    @Test
    void doesNotTryAgainWhenTheMessageIsAtFault() {
        this.transport.failed(FailureKind.ILLEGAL, false, CAUSE);

        assertThat(failure().getAttempts()).isEqualTo(1);
        assertThat(this.ticker.slept).isEmpty();
    }

    @Test
    void doesNotTryAgainWhenWaitingCannotHelp() {
        this.transport.failed(FailureKind.UNAVAILABLE, false, CAUSE);

        assertThat(failure().getAttempts()).isEqualTo(1);
    }

    @Test
    void cutsTheLastAttemptAtTheDeadline() {
        this.options = this.options.withDeadline(Duration.ofSeconds(7));
        timesOut(Duration.ofSeconds(6));

        assertThat(send().attempts()).isEqualTo(2);
        assertThat(this.transport.attempts.get(1).timeout()).isEqualTo(Duration.ofMillis(900));
    }

    @Test
    void givesUpAtOnceWhenTheWaitWouldPassTheDeadline() {
        this.options = this.options.withDeadline(Duration.ofMillis(6100));
        timesOut(Duration.ofSeconds(6));

        SendFailedException failure = failure();

        assertThat(failure).hasMessageContaining("leaves no time");
        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure.getAttempts()).isEqualTo(1);
        assertThat(this.ticker.slept).isEmpty();
    }

    @Test
    void doesNotBeginAnAttemptAfterTheDeadline() {
        long start = this.ticker.nanos();
        this.ticker.pass(Duration.ofSeconds(15));

        SendFailedException failure = catchThrowableOfType(SendFailedException.class,
                () -> sender().send(new SendProgress(this.transport, List.of(this.message), start, this.ticker)));

        assertThat(failure.getAttempts()).isZero();
        assertThat(failure.isUncertain()).isFalse();
        assertThat(failure).hasMessageContaining("before the first attempt");
        assertThat(this.transport.attempts).isEmpty();
    }

    @Test
    void sendsOnceMoreWhenTheStatusIsTooLow() {
        this.transport.stored(StorageStatus.FLUSHED);

        assertThat(send().attempts()).isEqualTo(2);
    }

    @Test
    void failsUncertainWhenTheStatusIsTooLowTwice() {
        this.transport.stored(StorageStatus.FLUSHED)
            .failed(FailureKind.TRANSIENT, false, CAUSE)
            .stored(StorageStatus.STORED);

        SendFailedException failure = failure();

        assertThat(failure.getAttempts()).isEqualTo(3);
        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure).hasMessageContaining("required status REPLICATED").hasMessageContaining("STORED");
    }

    @Test
    void asksForNoMoreThanTheRequiredStatus() {
        this.options = this.options.withRequiredStatus(StorageStatus.FLUSHED);
        this.transport.stored(StorageStatus.FLUSHED);
        assertThat(send().attempts()).isEqualTo(1);

        this.transport.stored(StorageStatus.STORED);
        assertThat(send().attempts()).isEqualTo(2);

        this.options = this.options.withRequiredStatus(StorageStatus.STORED);
        this.transport.stored(StorageStatus.STORED);
        assertThat(send().attempts()).isEqualTo(1);
    }

    @Test
    void doesNotBeginAnAttemptOnAnInterruptedThread() {
        Thread.currentThread().interrupt();

        SendFailedException failure = failure();

        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(failure.getAttempts()).isZero();
        assertThat(failure.isUncertain()).isFalse();
        assertThat(this.transport.attempts).isEmpty();
    }

    @Test
    void isUncertainWhenInterruptedDuringAnAttempt() {
        InterruptedException interrupt = new InterruptedException();
        this.transport.answer((attempt) -> {
            throw interrupt;
        });

        SendFailedException failure = failure();

        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure.getAttempts()).isEqualTo(1);
        assertThat(failure).hasCause(interrupt);
    }

    @Test
    void stopsWhenInterruptedBetweenAttempts() {
        fails(4, false);
        this.ticker.onSleep = Thread.currentThread()::interrupt;

        SendFailedException failure = failure();

        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(failure.isUncertain()).isFalse();
        assertThat(failure.getAttempts()).isEqualTo(1);
        assertThat(failure).hasCause(CAUSE);
    }

    @Test
    void isUncertainWhenTheTransportThrows() {
        RuntimeException bug = new IllegalStateException("bug");
        this.transport.answer((attempt) -> {
            throw bug;
        });

        SendFailedException failure = failure();

        assertThat(failure).hasCause(bug);
        assertThat(failure.isUncertain()).isTrue();
    }

    @Test
    void asksACustomPolicy() {
        fails(2, false);
        List<FailedAttempt> asked = new ArrayList<>();
        SendAttempts sender = new SendAttempts(this.options.withMaxAttempts(1), (attempt) -> {
            asked.add(attempt);
            return Optional.of(Duration.ofSeconds(1));
        }, SendLimits.none(), this.ticker);

        assertThat(sender.send(progress()).attempts()).isEqualTo(3);
        assertThat(asked).extracting(FailedAttempt::number).containsExactly(1, 2);
        assertThat(asked.get(1).elapsed()).isEqualTo(Duration.ofSeconds(1));
        assertThat(asked.get(1).result()).isInstanceOf(AttemptResult.Failed.class);
        assertThat(asked.get(1).topic()).isEqualTo("orders");
    }

    @Test
    void keepsBothCausesWhenThePolicyThrows() {
        fails(1, true);
        RuntimeException bug = new IllegalStateException("bug");
        SendAttempts sender = new SendAttempts(this.options, (attempt) -> {
            throw bug;
        }, SendLimits.none(), this.ticker);

        SendFailedException failure = catchThrowableOfType(SendFailedException.class, () -> sender.send(progress()));

        assertThat(failure).hasCause(CAUSE).hasSuppressedException(bug);
        assertThat(failure.isUncertain()).isTrue();
    }

    private void fails(int times, boolean uncertain) {
        for (int i = 0; i < times; i++) {
            this.transport.failed(FailureKind.TRANSIENT, uncertain, CAUSE);
        }
    }

    private void timesOut(Duration after) {
        this.transport.answer((attempt) -> {
            this.ticker.pass(after);
            return new AttemptResult.Failed(FakeTransport.QUEUE, FailureKind.TRANSIENT, true, CAUSE, "Do this.");
        });
    }

    private SendAttempts sender() {
        return new SendAttempts(this.options,
                SendRetryPolicy.exponential(this.options.maxAttempts(), this.options.backoff()), SendLimits.none(),
                this.ticker);
    }

    private SendReceipt send() {
        return sender().send(progress()).receipt(this.message);
    }

    private SendProgress progress() {
        return new SendProgress(this.transport, List.of(this.message), this.ticker.nanos(), this.ticker);
    }

    private SendFailedException failure() {
        return catchThrowableOfType(SendFailedException.class, this::send);
    }

}

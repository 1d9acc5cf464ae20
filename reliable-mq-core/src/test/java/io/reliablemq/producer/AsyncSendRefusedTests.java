package io.reliablemq.producer;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The machine gives no more threads: sends fail that need one, and none waits for ever.
 */
class AsyncSendRefusedTests {

    private final FakeTransport transport = new FakeTransport();

    private final Queue<Runnable> tasks = new ArrayDeque<>();

    private final InFlightPermits places = new InFlightPermits(3);

    private boolean noThreads = true;

    private final Executor threads = (task) -> {
        if (this.noThreads) {
            throw new OutOfMemoryError("unable to create native thread");
        }
        this.tasks.add(task);
    };

    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void failsWhenNoThreadCanBeHad(boolean afterTheFirstAttempt) {
        this.transport.asynchronous = afterTheFirstAttempt;
        this.transport.failed(FailureKind.TRANSIENT, true, new IllegalStateException("no answer"));
        AsyncSend send = send();

        send.begin();

        assertFailed(send.future(), afterTheFirstAttempt);
        assertThat(this.places.availablePermits()).isEqualTo(3);
    }

    @Test
    void aLaneGoesOnAfterASendThatGotNoThread() {
        OrderedLanes lanes = new OrderedLanes(this.threads);
        List<AsyncSend> sends = List.of(send(), send(), send());

        lanes.execute("orders", "k", sends.get(0));
        this.noThreads = false;
        lanes.execute("orders", "k", sends.get(1));
        lanes.execute("orders", "k", sends.get(2));
        while (!this.tasks.isEmpty()) {
            this.tasks.remove().run();
        }

        assertFailed(sends.get(0).future(), false);
        assertThat(sends.subList(1, 3)).allMatch((send) -> send.future().isDone());
        assertThat(this.transport.attempts).hasSize(2);
        assertThat(this.places.availablePermits()).isEqualTo(3);
    }

    private static void assertFailed(CompletableFuture<SendReceipt> future, boolean uncertain) {
        assertThat(future).isCompletedExceptionally();
        assertThatExceptionOfType(SendFailedException.class).isThrownBy(() -> {
            try {
                future.join();
            }
            catch (RuntimeException ex) {
                throw ex.getCause();
            }
        }).matches((failure) -> failure.isUncertain() == uncertain && failure.isRetryable());
    }

    private AsyncSend send() {
        assertThat(this.places.tryAcquire()).isTrue();
        SendOptions options = SendOptions.defaults();
        DirectSend direct = new DirectSend(new SendAttempts(options, SendRetryPolicy.exponential(3, options.backoff()),
                SendLimits.none(), Ticker.SYSTEM), SendBuffer.none(), new SendMeters(new SimpleMeterRegistry()));
        PreparedMessage message = new PreparedMessage(1, "U1", "orders", null, List.of(), new byte[1], Map.of(), null,
                null);
        SendProgress progress = new SendProgress(this.transport, List.of(message), System.nanoTime(), Ticker.SYSTEM)
            .inTurn(true);
        return new AsyncSend(direct, progress, this.threads, Runnable::run, this.places, (send) -> {
        });
    }

}

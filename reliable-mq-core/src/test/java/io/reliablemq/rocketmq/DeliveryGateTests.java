package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class DeliveryGateTests {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final DeliveryGate gate = new DeliveryGate();

    @Test
    void letsDeliveriesInUntilItCloses() {
        assertThat(this.gate.tryEnter()).isTrue();
        assertThat(this.gate.isClosed()).isFalse();

        this.gate.close();

        assertThat(this.gate.tryEnter()).isFalse();
        assertThat(this.gate.isClosed()).isTrue();
    }

    @Test
    void isIdleWhenNothingRuns() throws Exception {
        assertThat(this.gate.awaitIdle(LONG)).isZero();
    }

    @Test
    void waitsForTheLastDelivery() throws Exception {
        this.gate.tryEnter();
        this.gate.tryEnter();
        this.gate.close();
        CompletableFuture<Integer> drained = CompletableFuture.supplyAsync(this::awaitIdle);

        this.gate.leave();
        assertThat(drained).isNotDone();
        this.gate.leave();

        assertThat(drained.get(30, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void saysHowManyStillRunWhenTheTimeIsOver() throws Exception {
        this.gate.tryEnter();
        this.gate.tryEnter();
        this.gate.leave();

        assertThat(this.gate.awaitIdle(Duration.ofMillis(1))).isOne();
    }

    @Test
    void keepsWhatWaitsUntilItIsReleased() throws Exception {
        Thread waiting = new Thread(this.gate::awaitRelease);
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.WAITING);

        this.gate.release();

        waiting.join(30_000);
        assertThat(waiting.isAlive()).isFalse();
    }

    @Test
    void countsManyThreadsRight() throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> enterAndLeave(start));
            threads[i].start();
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join(30_000);
        }

        assertThat(this.gate.awaitIdle(LONG)).isZero();
    }

    private void enterAndLeave(CountDownLatch start) {
        try {
            start.await();
        }
        catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
        for (int i = 0; i < 1000; i++) {
            if (this.gate.tryEnter()) {
                this.gate.leave();
            }
        }
    }

    private int awaitIdle() {
        try {
            return this.gate.awaitIdle(LONG);
        }
        catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
    }

}

package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.Messages;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class DeliveryGateTests {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final DeliveryGate gate = new DeliveryGate();

    @Test
    void letsDeliveriesInUntilItCloses() {
        assertThat(this.gate.enter()).isTrue();
        assertThat(this.gate.isClosed()).isFalse();

        this.gate.close();

        assertThat(this.gate.enter()).isFalse();
        assertThat(this.gate.isClosed()).isTrue();
    }

    @Test
    void isIdleWhenNothingRuns() throws Exception {
        assertThat(this.gate.awaitIdle(LONG)).isZero();
    }

    @Test
    void waitsForTheLastDelivery() throws Exception {
        this.gate.enter();
        this.gate.enter();
        this.gate.close();
        CompletableFuture<Integer> drained = CompletableFuture.supplyAsync(this::awaitIdle);

        this.gate.leave();
        assertThat(drained).isNotDone();
        this.gate.leave();

        assertThat(drained.get(30, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void saysHowManyStillRunWhenTheTimeIsOver() throws Exception {
        this.gate.enter();
        this.gate.enter();
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

    /** RocketMQ would lose what an interrupted thread says has failed. */
    @Test
    void sendsNoThreadBackInterrupted() {
        Thread.currentThread().interrupt();
        assertThat(this.gate.enter()).isFalse();
        assertThat(Thread.interrupted()).as("refused").isFalse();

        assertThat(this.gate.enter()).isTrue();
        Thread.currentThread().interrupt();
        this.gate.leave();
        assertThat(Thread.interrupted()).as("left").isFalse();

        this.gate.close();
        Thread.currentThread().interrupt();
        assertThat(this.gate.enter()).isFalse();
        Thread.currentThread().interrupt();
        this.gate.awaitRelease();
        assertThat(Thread.interrupted()).as("closed").isFalse();
    }

    @Test
    void letsNoMoreRunThanItsLimitAndTheFirstComerFirst() throws Exception {
        this.gate.limit(1);
        this.gate.enter();
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        List<Thread> waiting = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            waiting.add(startEntering(number, order));
        }

        this.gate.leave();
        await().untilAsserted(() -> assertThat(order).containsExactly(1));
        this.gate.limit(2);
        await().untilAsserted(() -> assertThat(order).containsExactly(1, 2));
        this.gate.limit(3);

        for (Thread thread : waiting) {
            thread.join(30_000);
        }
        assertThat(order).containsExactly(1, 2, 3);
    }

    @Test
    void growsOnlyAfterWhatIsTooMuchHasLeft() throws Exception {
        for (int i = 0; i < 4; i++) {
            this.gate.enter();
        }
        this.gate.limit(2);
        this.gate.leave();
        this.gate.leave();
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        Thread waiting = startEntering(1, order);
        assertThat(order).isEmpty();

        this.gate.leave();

        waiting.join(30_000);
        assertThat(order).containsExactly(1);
    }

    @Test
    void turnsThoseAwayThatWaitForATurnWhenItCloses() throws Exception {
        this.gate.limit(1);
        this.gate.enter();
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        Thread waiting = startEntering(1, order);

        this.gate.close();

        waiting.join(30_000);
        assertThat(order).containsExactly(-1);
        this.gate.leave();
        assertThat(this.gate.awaitIdle(LONG)).isZero();
    }

    /** A listener's timer that comes too late, for example: the gate does not close. */
    @Test
    void keepsNoThreadThatIsInterruptedWhileItWaitsForATurn() throws Exception {
        this.gate.limit(1);
        this.gate.enter();
        MessageListenerConcurrently delivery = new ConcurrentMessageListener((messages) -> List.of(),
                DelayLevels.parse(DelayLevels.DEFAULT), this.gate, (message, level, queue) -> {
                });
        CompletableFuture<ConsumeConcurrentlyStatus> answer = new CompletableFuture<>();
        Thread waiting = new Thread(() -> answer.complete(delivery.consumeMessage(List.of(Messages.message("text")),
                new ConsumeConcurrentlyContext(new MessageQueue("orders", "broker", 0)))));
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.WAITING);

        waiting.interrupt();

        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(ConsumeConcurrentlyStatus.RECONSUME_LATER);
    }

    private Thread startEntering(int number, Queue<Integer> order) {
        Thread thread = new Thread(() -> order.add(this.gate.enter() ? number : -number));
        thread.start();
        await().until(() -> thread.getState() == Thread.State.WAITING);
        return thread;
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
            if (this.gate.enter()) {
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

package io.reliablemq.rocketmq;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.reliablemq.rocketmq.Verdict.Outcome;
import io.reliablemq.shaping.RateLimit;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class BatchedDeliveryTests {

    private static final Verdict OK = Verdict.acknowledge(Outcome.PROCESSED);

    private static final Verdict SOON = Verdict.again(Outcome.FAILED, Duration.ofSeconds(10));

    private static final Verdict LATER = Verdict.again(Outcome.FAILED, Duration.ofSeconds(30));

    private final ConsumeConcurrentlyContext context = new ConsumeConcurrentlyContext(
            new MessageQueue("orders", "broker", 0));

    private final DeliveryGate gate = new DeliveryGate();

    private final Map<Long, Integer> sentBack = new LinkedHashMap<>();

    private final List<Long> unsendable = new ArrayList<>();

    private final Map<Long, Held> begun = new ConcurrentHashMap<>();

    private final List<Long> abandoned = new ArrayList<>();

    private Duration timeout = Duration.ZERO;

    private Pacing pacing = Pacing.none(Clock.systemUTC());

    @Test
    void acknowledgesABatchThatSucceeded() {
        assertThat(consume(OK, OK, OK)).isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.context.getAckIndex()).isEqualTo(Integer.MAX_VALUE);
        assertThat(this.sentBack).isEmpty();
    }

    @Test
    void sendsOnlyWhatFailedInTheMiddleBack() {
        assertThat(consume(OK, SOON, OK, LATER, OK)).isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.sentBack).containsExactly(Map.entry(1L, 3), Map.entry(3L, 4));
        assertThat(this.context.getAckIndex()).as("all acknowledged").isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void leavesWhatFailedAtTheEndToTheClient() {
        assertThat(consume(OK, OK, SOON, SOON)).isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.context.getAckIndex()).isOne();
        assertThat(this.context.getDelayLevelWhenNextConsume()).isEqualTo(3);
        assertThat(this.sentBack).isEmpty();
    }

    @Test
    void leavesABatchThatFailedToTheClient() {
        assertThat(consume(LATER, LATER)).isEqualTo(ConsumeConcurrentlyStatus.RECONSUME_LATER);
        assertThat(this.context.getDelayLevelWhenNextConsume()).isEqualTo(4);
        assertThat(this.sentBack).isEmpty();
    }

    /** As a resend from a dashboard. */
    @Test
    void leavesASingleMessageToTheClient() {
        assertThat(consume(SOON)).isEqualTo(ConsumeConcurrentlyStatus.RECONSUME_LATER);
        assertThat(this.sentBack).isEmpty();
    }

    @Test
    void acknowledgesNothingFromTheFirstThatCouldNotBeSentBack() {
        this.unsendable.add(3L);

        assertThat(consume(OK, SOON, OK, LATER, OK)).isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.sentBack).containsOnlyKeys(1L);
        assertThat(this.context.getAckIndex()).isEqualTo(2);
        assertThat(this.context.getDelayLevelWhenNextConsume()).isEqualTo(4);
    }

    @Test
    void acknowledgesNothingWhereTheFirstCouldNotBeSentBack() {
        this.unsendable.add(0L);

        assertThat(consume(SOON, OK, LATER)).isEqualTo(ConsumeConcurrentlyStatus.RECONSUME_LATER);
    }

    @Test
    void answersOnlyWhenAllHaveCompleted() throws Exception {
        CompletableFuture<ConsumeConcurrentlyStatus> answer = consumeHeld(10, 3);
        await().until(() -> this.begun.size() == 3);
        complete(2, OK);
        complete(0, OK);
        assertThat(answer).isNotDone();

        complete(1, OK);

        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.gate.awaitIdle(Duration.ZERO)).isZero();
    }

    @Test
    void beginsNoMoreThanThereIsRoomFor() throws Exception {
        CompletableFuture<ConsumeConcurrentlyStatus> answer = consumeHeld(2, 5);
        for (long number = 0; number < 5; number++) {
            long last = Math.min(number + 1, 4);
            await().until(() -> this.begun.containsKey(last));
            assertThat(this.begun).as("begun").hasSize((int) Math.min(number + 2, 5));
            complete(number, OK);
        }

        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
    }

    @Test
    void takesWhatNeverCompletesForFailed() {
        this.timeout = Duration.ofMillis(100);
        BatchedDelivery delivery = delivery(10, (message, done) -> {
            BegunDelivery held = hold(message, done);
            if (message.getQueueOffset() == 0) {
                complete(0, OK);
            }
            return held;
        });

        assertThat(delivery.consumeMessage(messages(2), this.context))
            .isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.context.getAckIndex()).isZero();
        complete(1, OK);
    }

    @Test
    void keepsToTheListenersLimitWithoutWaitingForItself() throws Exception {
        this.pacing = new Pacing(null, RateLimit.perSecond("none", Integer.MAX_VALUE), () -> false, 2,
                Clock.systemUTC());
        CompletableFuture<ConsumeConcurrentlyStatus> answer = consumeHeld(10, 5);
        for (long number = 0; number < 5; number++) {
            long last = Math.min(number + 1, 4);
            await().until(() -> this.begun.containsKey(last));
            assertThat(this.begun).as("begun").hasSize((int) Math.min(number + 2, 5));
            complete(number, OK);
        }

        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
    }

    @Test
    void beginsNothingMoreOnceTheContainerIsToClose() throws Exception {
        CompletableFuture<ConsumeConcurrentlyStatus> answer = consumeHeld(2, 5);
        await().until(() -> this.begun.size() == 2);
        this.gate.close();
        complete(0, OK);
        complete(1, OK);

        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.begun).hasSize(2);
        assertThat(this.context.getAckIndex()).isOne();
    }

    @Test
    void abandonsWhatRunsWhenTheContainerStops() throws Exception {
        BatchedDelivery delivery = delivery(10, this::hold);
        List<ConsumeConcurrentlyStatus> answers = new ArrayList<>();
        List<Boolean> interrupted = new ArrayList<>();
        Thread consumer = new Thread(() -> {
            answers.add(delivery.consumeMessage(messages(2), this.context));
            interrupted.add(Thread.interrupted());
        });
        consumer.start();
        await().until(() -> this.begun.size() == 2);

        consumer.interrupt();
        consumer.join(30_000);

        assertThat(answers).containsExactly(ConsumeConcurrentlyStatus.RECONSUME_LATER);
        assertThat(this.abandoned).containsExactlyInAnyOrder(0L, 1L);
        assertThat(this.sentBack).isEmpty();
        assertThat(interrupted).as("RocketMQ would lose the first").containsExactly(false);
    }

    private ConsumeConcurrentlyStatus consume(Verdict... verdicts) {
        return delivery(100, (message, done) -> {
            Held held = new Held(message.getQueueOffset());
            held.verdict = verdicts[(int) message.getQueueOffset()];
            done.accept(held);
            return held;
        }).consumeMessage(messages(verdicts.length), this.context);
    }

    private CompletableFuture<ConsumeConcurrentlyStatus> consumeHeld(int inFlight, int messages) {
        BatchedDelivery delivery = delivery(inFlight, this::hold);
        return CompletableFuture.supplyAsync(() -> delivery.consumeMessage(messages(messages), this.context));
    }

    private BegunDelivery hold(MessageExt message, Consumer<BegunDelivery> done) {
        Held held = new Held(message.getQueueOffset());
        held.done = done;
        this.begun.put(message.getQueueOffset(), held);
        return held;
    }

    private void complete(long number, Verdict verdict) {
        Held held = this.begun.get(number);
        held.verdict = verdict;
        held.done.accept(held);
    }

    private BatchedDelivery delivery(int inFlight, ParallelDelivery parallel) {
        Semaphore room = new Semaphore(inFlight);
        return new BatchedDelivery(
                (messages) -> new ParallelBatch(messages, parallel, room, this.timeout, this.pacing,
                        this.gate::isClosed)
                    .run(),
                DelayLevels.parse(DelayLevels.DEFAULT), this.gate, (message, level, queue) -> {
                    if (this.unsendable.contains(message.getQueueOffset())) {
                        throw new IllegalStateException("no broker");
                    }
                    this.sentBack.put(message.getQueueOffset(), level);
                });
    }

    private static List<MessageExt> messages(int count) {
        List<MessageExt> messages = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            MessageExt message = Messages.withId(number + 1);
            message.setQueueOffset(number);
            messages.add(message);
        }
        return messages;
    }

    private final class Held implements BegunDelivery {

        private final long number;

        private volatile Consumer<BegunDelivery> done;

        private volatile Verdict verdict;

        Held(long number) {
            this.number = number;
        }

        @Override
        public Verdict finish() {
            return this.verdict;
        }

        @Override
        public Verdict expire() {
            return SOON;
        }

        @Override
        public void abandon() {
            BatchedDeliveryTests.this.abandoned.add(this.number);
        }

    }

}

package io.reliablemq.rocketmq.delivery;

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

import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import io.reliablemq.throttling.RateLimit;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class ConcurrentMessageListenerTests {

    private static final DeliveryResult OK = DeliveryResult.acknowledge(Outcome.PROCESSED);

    private static final DeliveryResult SOON = DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(10));

    private static final DeliveryResult LATER = DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(30));

    private final ConsumeConcurrentlyContext context = new ConsumeConcurrentlyContext(
            new MessageQueue("orders", "broker", 0));

    private final DeliveryGate gate = new DeliveryGate();

    private final Map<Long, Integer> sentBack = new LinkedHashMap<>();

    private final List<Long> unsendable = new ArrayList<>();

    private final Map<Long, Held> begun = new ConcurrentHashMap<>();

    private final List<Long> abandoned = new ArrayList<>();

    private final List<ConsumeConcurrentlyStatus> answers = new ArrayList<>();

    private final List<Boolean> interrupted = new ArrayList<>();

    private Duration timeout = Duration.ZERO;

    private Throttle throttle = Throttle.none(Clock.systemUTC());

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
        ConcurrentMessageListener delivery = delivery(10, (message, done) -> {
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
        this.throttle = new Throttle(null, RateLimit.perSecond("none", Integer.MAX_VALUE), () -> false, 2,
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
        Thread consumer = startConsuming(delivery(10, this::hold));
        await().until(() -> this.begun.size() == 2 && consumer.getState() == Thread.State.WAITING);
        this.gate.close();

        consumer.interrupt();
        consumer.join(30_000);

        assertThat(this.answers).containsExactly(ConsumeConcurrentlyStatus.RECONSUME_LATER);
        assertThat(this.abandoned).containsExactlyInAnyOrder(0L, 1L);
        assertThat(this.sentBack).isEmpty();
        assertThat(this.interrupted).as("RocketMQ would lose the first").containsExactly(false);
    }

    @Test
    void goesOnWhenSomebodyElseInterruptsTheConsumer() throws Exception {
        Thread consumer = startConsuming(delivery(10, this::hold));
        await().until(() -> this.begun.size() == 2 && consumer.getState() == Thread.State.WAITING);

        interruptAndAwaitThatItGoesOn(consumer);
        complete(0, OK);
        interruptAndAwaitThatItGoesOn(consumer);
        complete(1, OK);
        consumer.join(30_000);

        assertThat(this.answers).containsExactly(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.abandoned).isEmpty();
        assertThat(this.interrupted).as("RocketMQ would lose a message").containsExactly(false);
    }

    @Test
    void goesOnWhenSomebodyElseInterruptsItWhileItWaitsForRoom() throws Exception {
        Semaphore room = new Semaphore(0);
        Thread consumer = startConsuming(delivery(room, this::hold));
        await().until(() -> consumer.getState() == Thread.State.WAITING);

        interruptAndAwaitThatItGoesOn(consumer);
        room.release(2);
        await().until(() -> this.begun.size() == 2);
        complete(0, OK);
        complete(1, OK);
        consumer.join(30_000);

        assertThat(this.answers).containsExactly(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(room.availablePermits()).isEqualTo(2);
    }

    @Test
    void endsOnAnInterruptionThatWasThereBeforeTheContainerCloses() throws Exception {
        Thread consumer = startConsuming(delivery(10, (message, done) -> {
            BegunDelivery held = hold(message, done);
            if (message.getQueueOffset() == 1) {
                this.gate.close();
                Thread.currentThread().interrupt();
            }
            return held;
        }));
        consumer.join(30_000);

        assertThat(this.answers).containsExactly(ConsumeConcurrentlyStatus.RECONSUME_LATER);
        assertThat(this.abandoned).containsExactlyInAnyOrder(0L, 1L);
    }

    /** No thread can be had, or somebody's observation handler throws. */
    @Test
    void waitsForTheOthersWhenOneCannotBegin() throws Exception {
        Semaphore room = new Semaphore(10);
        Thread consumer = startConsuming(delivery(room, (message, done) -> {
            if (message.getQueueOffset() == 1) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return hold(message, done);
        }));
        await().until(() -> this.begun.size() == 1 && consumer.getState() == Thread.State.WAITING);

        complete(0, OK);
        consumer.join(30_000);

        assertThat(this.answers).containsExactly(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.context.getAckIndex()).isZero();
        assertThat(this.abandoned).isEmpty();
        assertThat(room.availablePermits()).isEqualTo(10);
    }

    @Test
    void waitsForTheOthersWhenOneCannotBeFinished() throws Exception {
        Thread consumer = startConsuming(delivery(10, this::hold));
        await().until(() -> this.begun.size() == 2);

        this.begun.get(1L).broken = new LinkageError("a handler of the application's");
        complete(1, OK);
        complete(0, OK);
        consumer.join(30_000);

        assertThat(this.answers).containsExactly(ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        assertThat(this.context.getAckIndex()).isZero();
        assertThat(this.abandoned).isEmpty();
    }

    private static void interruptAndAwaitThatItGoesOn(Thread consumer) {
        consumer.interrupt();
        await().until(() -> !consumer.isInterrupted() && consumer.getState() == Thread.State.WAITING);
    }

    private Thread startConsuming(ConcurrentMessageListener delivery) {
        Thread consumer = new Thread(() -> {
            this.answers.add(delivery.consumeMessage(messages(2), this.context));
            this.interrupted.add(Thread.interrupted());
        });
        consumer.start();
        return consumer;
    }

    private ConsumeConcurrentlyStatus consume(DeliveryResult... verdicts) {
        return delivery(100, (message, done) -> {
            Held held = new Held(message.getQueueOffset());
            held.verdict = verdicts[(int) message.getQueueOffset()];
            done.accept(held);
            return held;
        }).consumeMessage(messages(verdicts.length), this.context);
    }

    private CompletableFuture<ConsumeConcurrentlyStatus> consumeHeld(int inFlight, int messages) {
        ConcurrentMessageListener delivery = delivery(inFlight, this::hold);
        return CompletableFuture.supplyAsync(() -> delivery.consumeMessage(messages(messages), this.context));
    }

    private BegunDelivery hold(MessageExt message, Consumer<BegunDelivery> done) {
        Held held = new Held(message.getQueueOffset());
        held.done = done;
        this.begun.put(message.getQueueOffset(), held);
        return held;
    }

    private void complete(long number, DeliveryResult verdict) {
        Held held = this.begun.get(number);
        held.verdict = verdict;
        held.done.accept(held);
    }

    private ConcurrentMessageListener delivery(int inFlight, ParallelDelivery parallel) {
        return delivery(new Semaphore(inFlight), parallel);
    }

    private ConcurrentMessageListener delivery(Semaphore room, ParallelDelivery parallel) {
        return new ConcurrentMessageListener(
                (messages) -> new ParallelBatch(messages, parallel, room, this.timeout, this.throttle,
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

        private volatile DeliveryResult verdict;

        private volatile Error broken;

        Held(long number) {
            this.number = number;
        }

        @Override
        public DeliveryResult finish() {
            if (this.broken != null) {
                throw this.broken;
            }
            return this.verdict;
        }

        @Override
        public DeliveryResult expire() {
            return SOON;
        }

        @Override
        public void abandon() {
            ConcurrentMessageListenerTests.this.abandoned.add(this.number);
        }

    }

}

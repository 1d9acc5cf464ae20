package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.idempotency.MutableClock;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.shaping.RateLimit;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

class PacingTests {

    private final MutableClock clock = new MutableClock();

    private final AtomicBoolean closed = new AtomicBoolean();

    private final AtomicBoolean slowed = new AtomicBoolean();

    private final MessageExt message = Messages.withId(1);

    @Test
    void letsPassAtItsRate() {
        Pacing pacing = pacing(20.0, null);
        long start = System.nanoTime();

        for (int i = 0; i < 12; i++) {
            assertThat(enter(pacing)).isTrue();
            pacing.leave();
        }

        assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(400).toNanos());
    }

    @Test
    void doesNotLetTheConsumeTimeoutRunWhileItWaits() {
        MessageAccessor.setConsumeStartTimeStamp(this.message, "0");
        Pacing pacing = pacing(5.0, null);
        enter(pacing);
        enter(pacing);

        assertThat(MessageAccessor.getConsumeStartTimeStamp(this.message))
            .isEqualTo(String.valueOf(this.clock.millis()));
    }

    @Test
    void doesNotHoldUpTheShutdown() throws Exception {
        Pacing pacing = pacing(0.1, null);
        enter(pacing);
        CompletableFuture<Boolean> waits = CompletableFuture.supplyAsync(() -> enter(pacing));
        assertThat(waits).isNotDone();

        this.closed.set(true);

        assertThat(waits.get(60, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void goesOnWhenItIsNoLongerSlowed() throws Exception {
        this.slowed.set(true);
        Pacing pacing = new Pacing(null, RateLimit.perSecond("slow", 0.1), this.slowed::get, null, this.clock);
        enter(pacing);
        CompletableFuture<Boolean> waits = CompletableFuture.supplyAsync(() -> enter(pacing));
        assertThat(waits).isNotDone();
        assertThat(pacing.perSecond()).isEqualTo(0.1);

        this.slowed.set(false);

        assertThat(waits.get(60, TimeUnit.SECONDS)).isTrue();
        assertThat(pacing.perSecond()).isZero();
    }

    @Test
    void letsSoManyBeginAtATime() {
        Pacing pacing = pacing(null, 2);
        enter(pacing);
        enter(pacing);
        CompletableFuture<Boolean> third = CompletableFuture.supplyAsync(() -> enter(pacing));
        assertThat(third).isNotDone();

        pacing.leave();

        assertThat(third).succeedsWithin(Duration.ofSeconds(60)).isEqualTo(true);
    }

    @Test
    void holdsAQueueInsteadOfAThread() {
        Pacing pacing = pacing(2.0, null);
        MessageQueue queue = new MessageQueue("orders", "broker", 0);

        assertThat(pacing.turn(queue)).isZero();
        assertThat(pacing.turn(queue)).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(pacing.turn(queue)).as("the same turn").isLessThanOrEqualTo(Duration.ofMillis(500));
        await().atMost(Duration.ofSeconds(60)).until(() -> pacing.turn(queue).isZero());
    }

    @Test
    void stopsPullingWhileMoreIsHeldThanPassesInSomeSeconds() {
        TunableListener listener = mock(TunableListener.class);
        PullBrake brake = new PullBrake(listener, () -> 10);
        given(listener.cached()).willReturn(30L, 31L, 16L, 15L);

        brake.look();
        then(listener).should(never()).pause("rate-limit");
        brake.look();
        then(listener).should().pause("rate-limit");
        brake.look();
        then(listener).should(never()).resume("rate-limit");
        brake.look();
        then(listener).should().resume("rate-limit");
    }

    @Test
    void pullsAgainWhenThereIsNoLimitAnyMore() {
        TunableListener listener = mock(TunableListener.class);
        double[] rate = { 10 };
        PullBrake brake = new PullBrake(listener, () -> rate[0]);
        given(listener.cached()).willReturn(1000L);

        brake.look();
        rate[0] = 0;
        brake.look();

        then(listener).should().resume("rate-limit");
    }

    private boolean enter(Pacing pacing) {
        return pacing.enter(List.of(this.message), this.closed::get);
    }

    private Pacing pacing(Double rate, Integer atOnce) {
        return new Pacing((rate != null) ? RateLimit.perSecond("rate", rate) : null, RateLimit.perSecond("slow", 1),
                () -> false, atOnce, this.clock);
    }

}

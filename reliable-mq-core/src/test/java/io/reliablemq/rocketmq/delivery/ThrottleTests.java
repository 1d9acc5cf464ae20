package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.idempotency.MutableClock;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.throttling.RateLimit;
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

class ThrottleTests {

    private final MutableClock clock = new MutableClock();

    private final AtomicBoolean closed = new AtomicBoolean();

    private final AtomicBoolean slowed = new AtomicBoolean();

    private final MessageExt message = Messages.withId(1);

    @Test
    void letsPassAtItsRate() {
        Throttle throttle = throttle(20.0, null);
        long start = System.nanoTime();

        for (int i = 0; i < 12; i++) {
            assertThat(enter(throttle)).isTrue();
            throttle.leave();
        }

        assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(400).toNanos());
    }

    @Test
    void doesNotLetTheConsumeTimeoutRunWhileItWaits() {
        MessageAccessor.setConsumeStartTimeStamp(this.message, "0");
        Throttle throttle = throttle(5.0, null);
        enter(throttle);
        enter(throttle);

        assertThat(MessageAccessor.getConsumeStartTimeStamp(this.message))
            .isEqualTo(String.valueOf(this.clock.millis()));
    }

    @Test
    void doesNotHoldUpTheShutdown() throws Exception {
        Throttle throttle = throttle(0.1, null);
        enter(throttle);
        CompletableFuture<Boolean> waits = CompletableFuture.supplyAsync(() -> enter(throttle));
        assertThat(waits).isNotDone();

        this.closed.set(true);

        assertThat(waits.get(60, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void goesOnWhenItIsNoLongerSlowed() throws Exception {
        this.slowed.set(true);
        Throttle throttle = new Throttle(null, RateLimit.perSecond("slow", 0.1), this.slowed::get, null, this.clock);
        enter(throttle);
        CompletableFuture<Boolean> waits = CompletableFuture.supplyAsync(() -> enter(throttle));
        assertThat(waits).isNotDone();
        assertThat(throttle.perSecond()).isEqualTo(0.1);

        this.slowed.set(false);

        assertThat(waits.get(60, TimeUnit.SECONDS)).isTrue();
        assertThat(throttle.perSecond()).isZero();
    }

    @Test
    void letsSoManyBeginAtATime() {
        Throttle throttle = throttle(null, 2);
        enter(throttle);
        enter(throttle);
        CompletableFuture<Boolean> third = CompletableFuture.supplyAsync(() -> enter(throttle));
        assertThat(third).isNotDone();

        throttle.leave();

        assertThat(third).succeedsWithin(Duration.ofSeconds(60)).isEqualTo(true);
    }

    @Test
    void holdsAQueueInsteadOfAThread() {
        Throttle throttle = throttle(2.0, null);
        MessageQueue queue = new MessageQueue("orders", "broker", 0);

        assertThat(throttle.turn(queue)).isZero();
        assertThat(throttle.turn(queue)).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(throttle.turn(queue)).as("the same turn").isLessThanOrEqualTo(Duration.ofMillis(500));
        await().atMost(Duration.ofSeconds(60)).until(() -> throttle.turn(queue).isZero());
    }

    @Test
    void stopsPullingWhileMoreIsHeldThanPassesInSomeSeconds() {
        TunableListener listener = mock(TunableListener.class);
        PullThrottle brake = new PullThrottle(listener, () -> 10);
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
        PullThrottle brake = new PullThrottle(listener, () -> rate[0]);
        given(listener.cached()).willReturn(1000L);

        brake.look();
        rate[0] = 0;
        brake.look();

        then(listener).should().resume("rate-limit");
    }

    private boolean enter(Throttle throttle) {
        return throttle.enter(List.of(this.message), this.closed::get);
    }

    private Throttle throttle(Double rate, Integer atOnce) {
        return new Throttle((rate != null) ? RateLimit.perSecond("rate", rate) : null, RateLimit.perSecond("slow", 1),
                () -> false, atOnce, this.clock);
    }

}

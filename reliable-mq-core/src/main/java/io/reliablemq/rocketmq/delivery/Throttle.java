package io.reliablemq.rocketmq.delivery;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.reliablemq.throttling.RateLimit;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.jspecify.annotations.Nullable;

/**
 * Rate and concurrency limit of one listener: its deliveries begin no faster than its
 * rate, and no more run at once than its limit. A waiting message has not begun for
 * RocketMQ either: the time from which its consume timeout counts is moved along.
 */
final class Throttle {

    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final Duration FULL_WAIT = Duration.ofMillis(50);

    private final @Nullable RateLimit rate;

    private final RateLimit slowRate;

    private final BooleanSupplier slowed;

    private final @Nullable Integer atOnce;

    private @Nullable Bulkhead places;

    private final Clock clock;

    private final Map<MessageQueue, Long> turns = new ConcurrentHashMap<>();

    /**
     * Creates the throttle of one listener.
     * @param rate its own rate, {@code null} for none
     * @param slowRate the one that holds in addition while it is slowed
     * @param slowed whether it is
     * @param atOnce deliveries at a time, {@code null} for no limit
     */
    Throttle(@Nullable RateLimit rate, RateLimit slowRate, BooleanSupplier slowed, @Nullable Integer atOnce,
            Clock clock) {
        this.rate = rate;
        this.slowRate = slowRate;
        this.slowed = slowed;
        this.atOnce = atOnce;
        this.places = (atOnce == null) ? null : Bulkhead.of("listener",
                BulkheadConfig.custom().maxConcurrentCalls(atOnce).maxWaitDuration(Duration.ZERO).build());
        this.clock = clock;
    }

    /** Without limits. */
    public static Throttle none(Clock clock) {
        return new Throttle(null, RateLimit.perSecond("none", Integer.MAX_VALUE), () -> false, null, clock);
    }

    /** For a listener that counts what it has in flight itself. */
    public int atMost(int inFlight) {
        this.places = null;
        return (this.atOnce != null) ? Math.min(this.atOnce, inFlight) : inFlight;
    }

    /** What holds now, in messages per second; 0 for no limit. */
    double perSecond() {
        double own = (this.rate != null) ? this.rate.perSecond() : 0;
        if (!this.slowed.getAsBoolean()) {
            return own;
        }
        return (this.rate != null) ? Math.min(own, this.slowRate.perSecond()) : this.slowRate.perSecond();
    }

    /** Whether nothing has to wait now. */
    boolean isOpen() {
        return this.places == null && this.rate == null && !this.slowed.getAsBoolean();
    }

    /**
     * Waits for a turn and a place. After {@code true} the caller must leave.
     * @return {@code false} if the listener is closing
     */
    boolean enter(List<MessageExt> messages, BooleanSupplier closed) {
        if (isOpen()) {
            return true;
        }
        while (this.places != null && !this.places.tryAcquirePermission()) {
            if (!rest(FULL_WAIT.toNanos(), messages, closed)) {
                return false;
            }
        }
        boolean turn = (this.rate == null || await(this.rate, () -> true, messages, closed))
                && (!this.slowed.getAsBoolean() || await(this.slowRate, this.slowed, messages, closed));
        if (!turn) {
            leave();
        }
        return turn;
    }

    void leave() {
        if (this.places != null) {
            this.places.releasePermission();
        }
    }

    private boolean await(RateLimit limit, BooleanSupplier holds, List<MessageExt> messages, BooleanSupplier closed) {
        long end = System.nanoTime() + limit.take(messages.size());
        for (long left = end - System.nanoTime(); left > 0 && holds.getAsBoolean(); left = end - System.nanoTime()) {
            if (!rest(left, messages, closed)) {
                return false;
            }
        }
        return true;
    }

    private boolean rest(long nanos, List<MessageExt> messages, BooleanSupplier closed) {
        if (closed.getAsBoolean()) {
            return false;
        }
        try {
            TimeUnit.NANOSECONDS.sleep(Math.min(nanos, SLICE_NANOS));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return false;
        }
        notBegun(messages);
        return true;
    }

    /** The time from which RocketMQ counts is now. */
    void notBegun(List<MessageExt> messages) {
        String now = String.valueOf(this.clock.millis());
        messages.forEach((message) -> MessageAccessor.setConsumeStartTimeStamp(message, now));
    }

    /**
     * For a queue that can be held instead of a thread.
     * @return how long to hold it; zero if its delivery may begin, and must leave then
     */
    Duration turn(MessageQueue queue) {
        Long known = this.turns.get(queue);
        long now = System.nanoTime();
        long at = (known != null) ? known : now + takeTurns();
        if (at - now > 0 && perSecond() > 0) {
            this.turns.put(queue, at);
            return Duration.ofNanos(at - now);
        }
        if (this.places != null && !this.places.tryAcquirePermission()) {
            this.turns.put(queue, now);
            return FULL_WAIT;
        }
        this.turns.remove(queue);
        return Duration.ZERO;
    }

    private long takeTurns() {
        long own = (this.rate != null) ? this.rate.take(1) : 0;
        return this.slowed.getAsBoolean() ? Math.max(own, this.slowRate.take(1)) : own;
    }

}

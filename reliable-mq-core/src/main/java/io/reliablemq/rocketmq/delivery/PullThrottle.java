package io.reliablemq.rocketmq.delivery;

import java.util.function.DoubleSupplier;

import io.reliablemq.concurrency.TunableListener;

/**
 * Throttles the pulling of a listener with a rate limit: it is paused while there is more
 * in memory than the listener takes in some seconds, and resumed before nothing is left.
 */
final class PullThrottle {

    /** The name under which the listener is paused. */
    static final String PAUSED_BY = "rate-limit";

    private static final double PAUSE_SECONDS = 3;

    private static final double RESUME_SECONDS = 1.5;

    private final TunableListener listener;

    private final DoubleSupplier perSecond;

    private boolean paused;

    PullThrottle(TunableListener listener, DoubleSupplier perSecond) {
        this.listener = listener;
        this.perSecond = perSecond;
    }

    /** Looks once; called by one thread. */
    void look() {
        double rate = this.perSecond.getAsDouble();
        long held = this.listener.cached();
        if (!this.paused && rate > 0 && held > Math.max(1, rate * PAUSE_SECONDS)) {
            this.listener.pause(PAUSED_BY);
            this.paused = true;
        }
        else if (this.paused && (rate == 0 || held <= rate * RESUME_SECONDS)) {
            this.listener.resume(PAUSED_BY);
            this.paused = false;
        }
    }

}

package io.reliablemq.degradation;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What one check saw.
 *
 * @param lagTime age of the oldest message that waits for a CRITICAL listener, as far as
 * it is known; {@code null} if nothing is
 * @param lagComplete whether it is known of all of them
 * @param cpu share of the processors that this instance uses; negative if not known
 */
record OverloadReading(@Nullable Duration lagTime, boolean lagComplete, double cpu) {

    Pressure pressure(DegradationOptions options) {
        if (this.lagTime != null && this.lagTime.compareTo(options.escalateLagTime()) >= 0) {
            return Pressure.SEVERE;
        }
        boolean cpuWatched = options.cpu() > 0;
        if ((this.lagTime != null && this.lagTime.compareTo(options.lagTime()) >= 0)
                || (cpuWatched && this.cpu >= options.cpu())) {
            return Pressure.OVER;
        }
        if (!this.lagComplete || (cpuWatched && this.cpu < 0)) {
            return Pressure.UNKNOWN;
        }
        boolean lagCalm = this.lagTime == null || this.lagTime.compareTo(options.recoverBelow()) < 0;
        boolean cpuCalm = !cpuWatched || this.cpu < options.cpuRecoverBelow();
        return (lagCalm && cpuCalm) ? Pressure.CALM : Pressure.BETWEEN;
    }

    String describe() {
        StringBuilder text = new StringBuilder();
        text.append((this.lagTime != null) ? "oldest message of a critical group waits " + this.lagTime
                : (this.lagComplete ? "no critical group" : "lag of the critical groups not known"));
        if (this.cpu >= 0) {
            text.append(", processors used to ").append(Math.round(this.cpu * 100)).append(" %");
        }
        return text.toString();
    }

    /** What a check says. */
    enum Pressure {

        /** All below the lower limits. */
        CALM,

        /** Above a lower limit, below the upper ones. */
        BETWEEN,

        /** Over a limit. */
        OVER,

        /** So far over it that the first level will not do. */
        SEVERE,

        /** Nothing known is over a limit, but not all is known. */
        UNKNOWN

    }

}

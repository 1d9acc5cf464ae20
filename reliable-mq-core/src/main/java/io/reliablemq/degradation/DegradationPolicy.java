package io.reliablemq.degradation;

import java.time.Duration;
import java.time.Instant;

import io.reliablemq.degradation.OverloadReading.Pressure;
import org.jspecify.annotations.Nullable;

/**
 * Decides who gives way, check by check. Up when several consecutive checks are over a
 * limit; down, one step at a time, when all has been below the lower limits for a while.
 * What is not known changes nothing: it neither begins nor ends a level, and does not
 * count as calm. Used by one thread.
 */
final class DegradationPolicy {

    private final DegradationOptions options;

    private DegradationLevel level = DegradationLevel.OFF;

    private int over;

    private int severe;

    private @Nullable Instant overSince;

    private @Nullable Instant calmSince;

    DegradationPolicy(DegradationOptions options) {
        this.options = options;
    }

    DegradationLevel check(Instant now, OverloadReading reading) {
        Pressure pressure = reading.pressure(this.options);
        switch (pressure) {
            case OVER, SEVERE -> over(now, pressure == Pressure.SEVERE);
            case CALM -> calm(now);
            case BETWEEN -> begin(null, null);
            case UNKNOWN -> this.calmSince = null;
        }
        return this.level;
    }

    private void over(Instant now, boolean severely) {
        this.calmSince = null;
        this.over++;
        this.severe = severely ? this.severe + 1 : 0;
        if (this.overSince == null) {
            this.overSince = now;
        }
        boolean up = switch (this.level) {
            case OFF -> this.over >= this.options.checks();
            case FIRST -> this.severe >= this.options.checks()
                    || (this.over >= this.options.checks() && lasts(this.overSince, now, this.options.escalateAfter()));
            case SECOND -> false;
        };
        if (up) {
            this.level = this.level.up();
            begin(now, null);
        }
    }

    private void calm(Instant now) {
        begin(null, (this.calmSince != null) ? this.calmSince : now);
        if (this.level != DegradationLevel.OFF && this.calmSince != null
                && lasts(this.calmSince, now, this.options.hold())) {
            this.level = this.level.down();
            begin(null, now);
        }
    }

    private void begin(@Nullable Instant over, @Nullable Instant calm) {
        this.over = 0;
        this.severe = 0;
        this.overSince = over;
        this.calmSince = calm;
    }

    private static boolean lasts(Instant since, Instant now, Duration time) {
        return Duration.between(since, now).compareTo(time) >= 0;
    }

}

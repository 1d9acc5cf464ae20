package io.reliablemq.it;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Reads meters as an operator would.
 */
final class Meters {

    private Meters() {
    }

    static int counter(MeterRegistry meters, String name) {
        return (int) meters.find(name).counters().stream().mapToDouble(Counter::count).sum();
    }

}

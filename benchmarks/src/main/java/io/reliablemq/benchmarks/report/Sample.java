package io.reliablemq.benchmarks.report;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * What one turn of a contestant brought.
 *
 * @param values what was measured
 */
public record Sample(Map<Measure, Double> values) {

    /**
     * Copies the values.
     */
    public Sample {
        values = Map.copyOf(values);
    }

    /**
     * A rate and nothing else.
     * @param perSecond pieces of work per second
     * @return the sample
     */
    public static Sample rate(double perSecond) {
        return new Sample(Map.of(Measure.RATE, perSecond));
    }

    /**
     * The middle and the 99th percentile of times.
     * @param nanos how long each piece took; is sorted
     * @return the sample
     */
    public static Sample latencies(long[] nanos) {
        Arrays.sort(nanos);
        return new Sample(Map.of(Measure.P50, nanos[nanos.length / 2] / 1e6, Measure.P99,
                nanos[(int) (nanos.length * 99L / 100)] / 1e6));
    }

    /**
     * Adds a value.
     * @param measure what was measured
     * @param value its value
     * @return a sample with this value too
     */
    public Sample with(Measure measure, double value) {
        Map<Measure, Double> all = new EnumMap<>(Measure.class);
        all.putAll(this.values);
        all.put(measure, value);
        return new Sample(all);
    }

}

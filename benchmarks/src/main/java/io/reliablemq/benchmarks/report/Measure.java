package io.reliablemq.benchmarks.report;

import java.util.Locale;

/**
 * What is measured of a contestant in each round.
 */
public enum Measure {

    /** Pieces of work per second; what one is, the comparison says. */
    RATE("", "%,.0f"),

    /** Mean of the times of single pieces, in milliseconds. */
    MEAN("mean, ms", "%.2f"),

    /** Middle of the times of single pieces, in milliseconds. */
    P50("p50, ms", "%.2f"),

    /** 99 of 100 took no longer, in milliseconds. */
    P99("p99, ms", "%.2f"),

    /** What one piece took, in nanoseconds. */
    NANOS("ns", "%,.0f"),

    /** Allocated by the JVM for one piece. */
    BYTES("bytes allocated", "%,.0f"),

    /** Processor time of this JVM for one piece, in microseconds. */
    CPU_HERE("CPU here, µs", "%,.1f"),

    /** Processor time of the broker for one piece, in microseconds. */
    CPU_BROKER("CPU broker, µs", "%,.1f"),

    /** Processor time of the rest of the machine, mostly the store's, in microseconds. */
    CPU_REST("CPU rest, µs", "%,.1f"),

    /** How much of all cores' time was used, in percent: near 100 they are the bound. */
    BUSY("cores busy, %", "%,.0f");

    private final String label;

    private final String format;

    Measure(String label, String format) {
        this.label = label;
        this.format = format;
    }

    String label(String unit) {
        return this.label.isEmpty() ? unit : this.label;
    }

    String format(double value) {
        return String.format(Locale.ROOT, this.format, value);
    }

}

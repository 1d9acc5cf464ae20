package io.reliablemq.benchmarks.report;

import java.util.List;
import java.util.Locale;

/**
 * Smallest and greatest of some ratios.
 *
 * @param min the smallest
 * @param max the greatest
 */
record Spread(double min, double max) {

    static Spread of(List<Double> values) {
        return new Spread(values.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN),
                values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN));
    }

    boolean isKnown() {
        return !Double.isNaN(this.min);
    }

    @Override
    public String toString() {
        return isKnown() ? String.format(Locale.ROOT, "%.2f–%.2f", this.min, this.max) : "";
    }

}

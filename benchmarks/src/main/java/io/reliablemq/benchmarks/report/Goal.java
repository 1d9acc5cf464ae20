package io.reliablemq.benchmarks.report;

import java.util.Locale;

/**
 * What a contestant should reach.
 *
 * @param id its name in the page's template
 * @param what what is measured
 * @param against what it is compared with
 * @param check how the two are compared
 * @param measure of which measure
 * @param contestant name of the contestant
 * @param reference name of the one that it is compared with
 * @param bound the figure to reach; without a meaning where there is none
 */
public record Goal(String id, String what, String against, Check check, Measure measure, String contestant,
        String reference, double bound) {

    /**
     * How a contestant is compared with its reference.
     */
    public enum Check {

        /** Times the reference, at least. */
        RATIO_AT_LEAST,

        /** Times the reference, at most. */
        RATIO_AT_MOST,

        /**
         * No more times the reference than the reference is of itself in its worst round.
         */
        WITHIN_NOISE,

        /** By itself, at least. */
        AT_LEAST,

        /** More than the reference, at most. */
        ADDS_AT_MOST,

        /** There is no goal: the figure is only said. */
        STATED

    }

    /**
     * Compares what was measured with the goal.
     * @param result the comparison that the goal belongs to
     * @return what became of it
     */
    public Verdict judge(ComparisonResult result) {
        Series subject = result.series(this.contestant);
        Series other = result.series(this.reference);
        double ratio = subject.ratioTo(other, this.measure);
        double median = subject.median(this.measure);
        return switch (this.check) {
            case RATIO_AT_LEAST ->
                new Verdict(this, "≥ " + text(this.bound) + "×", beside(ratio) + "×", ratio >= this.bound);
            case RATIO_AT_MOST ->
                new Verdict(this, "≤ " + text(this.bound) + "×", beside(ratio) + "×", ratio <= this.bound);
            case WITHIN_NOISE -> {
                double noise = result.noise(other, this.measure).max();
                yield new Verdict(this, "within its noise", text(ratio) + "×", ratio <= noise);
            }
            case AT_LEAST -> new Verdict(this, "≥ " + this.measure.format(this.bound), this.measure.format(median),
                    median >= this.bound);
            case ADDS_AT_MOST -> {
                double added = median - other.median(this.measure);
                yield new Verdict(this, "+ ≤ " + text(this.bound) + " ms",
                        String.format(Locale.ROOT, "%+.2f ms", added), added <= this.bound);
            }
            case STATED -> new Verdict(this, "stated",
                    this.measure.format(median) + " against " + this.measure.format(other.median(this.measure)), true);
        };
    }

    /** With more digits where two would look like the bound, on the wrong side of it. */
    private String beside(double ratio) {
        String text = text(ratio);
        return (ratio != this.bound && text.equals(text(this.bound))) ? String.format(Locale.ROOT, "%.4f", ratio)
                : text;
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

}

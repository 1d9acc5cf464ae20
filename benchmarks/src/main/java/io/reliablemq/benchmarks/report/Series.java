package io.reliablemq.benchmarks.report;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a contestant brought in all rounds.
 *
 * @param name the contestant
 * @param values one value per round, for each measure
 */
public record Series(String name, Map<Measure, List<Double>> values) {

    /** What the name of a baseline's second contestant ends with. */
    static final String AGAIN = " (again: noise)";

    /**
     * Name of the contestant that shows a baseline's noise.
     * @param baseline name of the baseline
     * @return name of its twin
     */
    public static String again(String baseline) {
        return baseline + AGAIN;
    }

    boolean isAgain() {
        return this.name.endsWith(AGAIN);
    }

    boolean has(Measure measure) {
        return !of(measure).isEmpty();
    }

    List<Double> of(Measure measure) {
        return this.values.getOrDefault(measure, List.of());
    }

    double median(Measure measure) {
        return median(of(measure));
    }

    double min(Measure measure) {
        return of(measure).stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
    }

    double max(Measure measure) {
        return of(measure).stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }

    /** Of each round, so that a slow round weighs on both sides. */
    List<Double> ratiosTo(Series baseline, Measure measure) {
        return IntStream.range(0, Math.min(of(measure).size(), baseline.of(measure).size()))
            .mapToObj((round) -> of(measure).get(round) / baseline.of(measure).get(round))
            .toList();
    }

    double ratioTo(Series baseline, Measure measure) {
        return median(ratiosTo(baseline, measure));
    }

    /**
     * The middle one.
     * @param values some values
     * @return their median; not a number if there are none
     */
    public static double median(List<Double> values) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return (sorted.size() % 2 == 1) ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

}

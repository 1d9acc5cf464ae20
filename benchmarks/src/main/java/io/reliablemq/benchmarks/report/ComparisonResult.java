package io.reliablemq.benchmarks.report;

import java.util.List;

/**
 * The rounds of contestants that were compared in one run.
 *
 * @param id its name in the page's template
 * @param title what is compared
 * @param unit what a rate counts
 * @param series the contestants; the first one is the baseline
 * @param goals what some of them should reach
 */
public record ComparisonResult(String id, String title, String unit, List<Series> series, List<Goal> goals) {

    /**
     * Copies the lists.
     */
    public ComparisonResult {
        series = List.copyOf(series);
        goals = List.copyOf(goals);
    }

    Series baseline() {
        return this.series.get(0);
    }

    Series series(String name) {
        return this.series.stream()
            .filter((each) -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("'" + this.id + "' has no contestant '" + name + "', only "
                    + this.series.stream().map(Series::name).toList()));
    }

    /** The ratios of a baseline to itself; unknown if it did not run twice. */
    Spread noise(Series baseline, Measure measure) {
        return Spread.of(this.series.stream()
            .filter((each) -> each.name().equals(Series.again(baseline.name())))
            .flatMap((twin) -> twin.ratiosTo(baseline, measure).stream())
            .toList());
    }

    List<Verdict> verdicts() {
        return this.goals.stream().map((goal) -> goal.judge(this)).toList();
    }

    List<Measure> measures() {
        return List.of(Measure.values())
            .stream()
            .filter((measure) -> this.series.stream().anyMatch((each) -> each.has(measure)))
            .toList();
    }

}

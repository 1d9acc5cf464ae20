package io.reliablemq.benchmarks.report;

import java.util.List;
import java.util.Locale;

/**
 * A report for the terminal.
 */
public final class Console {

    private Console() {
    }

    /**
     * Prints everything, the table of the goals last.
     * @param report the report
     */
    public static void print(Report report) {
        report.comparisons().forEach(Console::print);
        System.out.println();
        report.environment().forEach((name, value) -> System.out.printf("%-24s %s%n", name, value));
        System.out.printf("%n%-66s %-46s %16s %26s %12s  %s%n", "what", "against", "goal", "measured", "noise",
                "reached");
        for (ComparisonResult result : report.comparisons()) {
            for (Verdict verdict : result.verdicts()) {
                Goal goal = verdict.goal();
                System.out.printf("%-66s %-46s %16s %26s %12s  %s%n", goal.what(), goal.against(), verdict.asked(),
                        verdict.measured(), result.noise(result.series(goal.reference()), goal.measure()),
                        verdict.answer().replace("*", ""));
            }
        }
    }

    private static void print(ComparisonResult result) {
        List<Measure> measures = result.measures();
        StringBuilder header = new StringBuilder();
        measures.forEach((measure) -> header.append(String.format(" %15s", measure.label(result.unit()))));
        System.out.printf("%n%s%n%-66s%s %25s %8s%n", result.title(), "", header, "min .. max", "ratio");
        for (Series series : result.series()) {
            StringBuilder cells = new StringBuilder();
            measures.forEach((measure) -> cells
                .append(String.format(" %15s", series.has(measure) ? measure.format(series.median(measure)) : "")));
            Measure main = measures.get(0);
            System.out.printf("%-66s%s %25s %8s%n", series.name(), cells,
                    main.format(series.min(main)) + " .. " + main.format(series.max(main)),
                    String.format(Locale.ROOT, "%.3f", series.ratioTo(result.baseline(), main)));
        }
    }

}

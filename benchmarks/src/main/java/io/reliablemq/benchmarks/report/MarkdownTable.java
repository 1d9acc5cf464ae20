package io.reliablemq.benchmarks.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The tables of a report.
 */
final class MarkdownTable {

    private final StringBuilder text = new StringBuilder();

    private MarkdownTable(List<String> header) {
        row(header);
        row(Collections.nCopies(header.size(), "---"));
    }

    static String of(ComparisonResult result) {
        List<Measure> measures = result.measures();
        Measure main = measures.get(0);
        List<String> header = new ArrayList<>(List.of(result.title()));
        measures.forEach((measure) -> header.add(measure.label(result.unit())));
        header.addAll(List.of("min … max", "ratio"));
        MarkdownTable table = new MarkdownTable(header);
        for (Series series : result.series()) {
            List<String> cells = new ArrayList<>(List.of(series.name()));
            measures.forEach((measure) -> cells.add(series.has(measure) ? measure.format(series.median(measure)) : ""));
            cells.add(main.format(series.min(main)) + " … " + main.format(series.max(main)));
            cells.add(ratio(series.ratioTo(result.baseline(), main)));
            table.row(cells);
        }
        return table.toString();
    }

    static String ofGoals(List<ComparisonResult> results) {
        MarkdownTable table = new MarkdownTable(
                List.of("what", "against", "goal", "measured", "noise of what it is compared with", "reached"));
        for (ComparisonResult result : results) {
            for (Verdict verdict : result.verdicts()) {
                Goal goal = verdict.goal();
                Spread noise = result.noise(result.series(goal.reference()), goal.measure());
                table.row(List.of(goal.what(), goal.against(), verdict.asked(), verdict.measured(), noise.toString(),
                        verdict.answer()));
            }
        }
        return table.toString();
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, (value < 0.1) ? "%.3f" : "%.2f", value);
    }

    private void row(List<String> cells) {
        this.text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    @Override
    public String toString() {
        return this.text.toString().stripTrailing();
    }

}

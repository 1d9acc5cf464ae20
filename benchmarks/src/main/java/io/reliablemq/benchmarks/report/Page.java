package io.reliablemq.benchmarks.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The page about performance: prose from a template, figures from a report. In the
 * template stand
 * <ul>
 * <li>{@code {{goals}}} and <code>{{table|comparison}}</code>: the tables,
 * {@code {{environment}}}: where and how the run went, {@code {{minutes}}}: how long,
 * <li><code>{{rate|comparison|contestant}}</code> and
 * <code>{{ratio|comparison|contestant}}</code>: a median, and its ratio to the baseline;
 * <code>{{bytes|…}}</code>, <code>{{nanos|…}}</code>, <code>{{cpu_here|…}}</code>,
 * <code>{{cpu_broker|…}}</code>, <code>{{cpu_rest|…}}</code> and <code>{{busy|…}}</code>
 * likewise,
 * <li><code>{{measured|goal}}</code>: what became of a goal,
 * <li>on lines of their own <code>{{missed|goal}}</code>, <code>{{reached|goal}}</code>
 * and {@code {{end}}}: what lies between is said only if that is so.
 * </ul>
 */
public final class Page {

    private static final String TEMPLATE = "performance.md";

    private static final String NOT_MEASURED = "(not in this run)";

    private static final Pattern FIELD = Pattern.compile("\\{\\{([^}]+)}}");

    /** What lies between two parts of which neither is shown. */
    private static final Pattern BLANK_LINES = Pattern.compile("\n{3,}");

    private final Report report;

    /**
     * Creates the page.
     * @param report where the figures come from
     */
    public Page(Report report) {
        this.report = report;
    }

    /**
     * Renders the page.
     * @return Markdown
     * @throws IOException if the template cannot be read
     */
    public String render() throws IOException {
        try (InputStream template = Objects.requireNonNull(Page.class.getResourceAsStream(TEMPLATE), TEMPLATE)) {
            return render(new String(template.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    String render(String template) {
        StringBuilder page = new StringBuilder();
        boolean shown = true;
        for (String line : template.lines().toList()) {
            Matcher field = FIELD.matcher(line.strip());
            String name = field.matches() ? field.group(1) : "";
            if (name.equals("end")) {
                shown = true;
            }
            else if (name.startsWith("missed|") || name.startsWith("reached|")) {
                shown = applies(name);
            }
            else if (shown) {
                page.append(FIELD.matcher(line).replaceAll((match) -> Matcher.quoteReplacement(fill(match.group(1)))))
                    .append('\n');
            }
        }
        return BLANK_LINES.matcher(page).replaceAll("\n\n");
    }

    private boolean applies(String condition) {
        String[] parts = condition.split("\\|", -1);
        return this.report.verdict(parts[1])
            .map((verdict) -> verdict.reached() == parts[0].equals("reached"))
            .orElse(false);
    }

    private String fill(String field) {
        String[] parts = field.split("\\|", -1);
        return switch (parts[0]) {
            case "goals" -> MarkdownTable.ofGoals(this.report.comparisons());
            case "environment" -> environment();
            case "minutes" -> String.format(Locale.ROOT, "%.0f", this.report.minutes());
            case "measured" -> this.report.verdict(parts[1]).map(Verdict::measured).orElse(NOT_MEASURED);
            case "table" -> this.report.comparison(parts[1]).map(MarkdownTable::of).orElse(NOT_MEASURED);
            case "rate", "bytes", "nanos", "ratio", "cpu_here", "cpu_broker", "cpu_rest", "busy" ->
                figure(parts[0], parts[1], parts[2]);
            default -> throw new IllegalArgumentException("The template has an unknown field: " + field);
        };
    }

    private String figure(String kind, String comparison, String contestant) {
        return this.report.comparison(comparison).map((result) -> {
            Series series = result.series(contestant);
            if (kind.equals("ratio")) {
                return String.format(Locale.ROOT, "%.2f", series.ratioTo(result.baseline(), result.measures().get(0)));
            }
            Measure measure = Measure.valueOf(kind.toUpperCase(Locale.ROOT));
            return measure.format(series.median(measure));
        }).orElse(NOT_MEASURED);
    }

    private String environment() {
        StringBuilder text = new StringBuilder("| | |\n| --- | --- |");
        this.report.environment()
            .forEach((name, value) -> text.append("\n| ").append(name).append(" | ").append(value).append(" |"));
        return text.toString();
    }

}

package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Subjects against a baseline: rounds in which each takes its turn, in alternating order,
 * the baseline twice, so that its own noise shows.
 */
final class Comparison {

    private static final String AGAIN = " (again: noise)";

    private final String title;

    private final String baseline;

    private final Map<String, Subject> subjects = new LinkedHashMap<>();

    private final Map<String, Series> series = new LinkedHashMap<>();

    Comparison(String title, String baseline, Subject subject) {
        this.title = title;
        this.baseline = baseline;
        add(baseline, subject);
        add(baseline + AGAIN, subject);
    }

    Comparison add(String name, Subject subject) {
        this.subjects.put(name, subject);
        this.series.put(name, new Series(name));
        return this;
    }

    Comparison run(int rounds) throws Exception {
        List<String> order = new ArrayList<>(this.subjects.keySet());
        for (String name : order) {
            turn(name);
        }
        for (int round = 0; round < rounds; round++) {
            for (String name : order) {
                this.series.get(name).add(turn(name));
            }
            Collections.reverse(order);
            System.out.printf("  %s: round %d of %d%n", this.title, round + 1, rounds);
        }
        return this;
    }

    private double turn(String name) throws Exception {
        return this.subjects.get(name).messagesPerSecond();
    }

    void print() {
        Series base = this.series.get(this.baseline);
        System.out.printf("%n%s%n%-58s %10s %21s %8s%n", this.title, "", "msg/s", "min .. max", "ratio");
        this.series.values()
            .forEach((it) -> System.out.printf("%-58s %10.0f %10.0f ..%9.0f %8.2f%n", it.name(), it.median(), it.min(),
                    it.max(), it.ratioTo(base)));
    }

    String json() {
        return "{\"title\": \"" + this.title + "\", \"series\": ["
                + String.join(", ", this.series.values().stream().map(Series::json).toList()) + "]}";
    }

    /** One way to do the work. */
    interface Subject {

        double messagesPerSecond() throws Exception;

    }

}

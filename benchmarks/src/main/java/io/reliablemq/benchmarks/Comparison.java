package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Contestants against a baseline: rounds in which each takes its turn, in alternating
 * order, the baseline twice, so that its own noise shows.
 */
final class Comparison {

    private final String title;

    private final List<Contestant> contestants = new ArrayList<>();

    Comparison(String title, String baseline, Subject subject) {
        this.title = title;
        add(baseline, subject);
        add(baseline + " (again: noise)", subject);
    }

    Comparison add(String name, Subject subject) {
        this.contestants.add(new Contestant(subject, new Series(name)));
        return this;
    }

    /** The first turn of each warms up and does not count. */
    Comparison run(int rounds) throws Exception {
        List<Contestant> order = new ArrayList<>(this.contestants);
        for (Contestant contestant : order) {
            contestant.subject().messagesPerSecond();
        }
        for (int round = 1; round <= rounds; round++) {
            for (Contestant contestant : order) {
                contestant.series().add(contestant.subject().messagesPerSecond());
            }
            Collections.reverse(order);
            System.out.printf("  %s: round %d of %d%n", this.title, round, rounds);
        }
        return this;
    }

    void print() {
        Series baseline = this.contestants.get(0).series();
        System.out.printf("%n%s%n%-58s %10s %21s %8s%n", this.title, "", "msg/s", "min .. max", "ratio");
        for (Contestant contestant : this.contestants) {
            Series series = contestant.series();
            System.out.printf("%-58s %10.0f %10.0f ..%9.0f %8.2f%n", series.name(), series.median(), series.min(),
                    series.max(), series.ratioTo(baseline));
        }
    }

    String json() {
        return "{\"title\": \"" + this.title + "\", \"series\": ["
                + String.join(", ", this.contestants.stream().map((it) -> it.series().json()).toList()) + "]}";
    }

    /** One way to do the work. */
    @FunctionalInterface
    interface Subject {

        double messagesPerSecond() throws Exception;

    }

    private record Contestant(Subject subject, Series series) {
    }

}

package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.benchmarks.report.ComparisonResult;
import io.reliablemq.benchmarks.report.Goal;
import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.benchmarks.report.Sample;
import io.reliablemq.benchmarks.report.Series;

/**
 * Contestants against a baseline: rounds in which each takes its turn, in alternating
 * order, the baseline twice, so that its own noise shows.
 */
final class Comparison {

    private String id;

    private final String title;

    private final String unit;

    private final List<Contestant> contestants = new ArrayList<>();

    private final List<Goal> goals = new ArrayList<>();

    Comparison(String title, String baseline, Subject subject) {
        this(title, title, "msg/s", baseline, rated(subject));
    }

    Comparison(String id, String title, String unit, String baseline, SampledSubject subject) {
        this.id = id;
        this.title = title;
        this.unit = unit;
        baseline(baseline, subject);
    }

    /** Its name in the page's template, where it is not the title. */
    Comparison id(String id) {
        this.id = id;
        return this;
    }

    Comparison add(String name, Subject subject) {
        return contestant(name, rated(subject));
    }

    /** One more that others are compared with, so that its noise is asked for too. */
    Comparison baseline(String name, SampledSubject subject) {
        return contestant(name, subject).contestant(Series.again(name), subject);
    }

    Comparison contestant(String name, SampledSubject subject) {
        this.contestants.add(new Contestant(name, subject, new EnumMap<>(Measure.class)));
        return this;
    }

    Comparison goal(Goal goal) {
        this.goals.add(goal);
        return this;
    }

    /** For the contestant that was added last, against the first. */
    Comparison lastAtLeast(String goal, String what, String against, double ratio) {
        String last = this.contestants.get(this.contestants.size() - 1).name();
        return goal(Goals.atLeast(goal, what, against, last, this.contestants.get(0).name(), ratio));
    }

    /** For the contestant that was added last, by itself. */
    Comparison lastPerSecond(String goal, String what, double rate) {
        String last = this.contestants.get(this.contestants.size() - 1).name();
        return goal(new Goal(goal, what, "–", Goal.Check.AT_LEAST, Measure.RATE, last, last, rate));
    }

    private static SampledSubject rated(Subject subject) {
        return () -> Sample.rate(subject.messagesPerSecond());
    }

    /** The first turn of each warms up and does not count. */
    Comparison run(int rounds) throws Exception {
        for (Contestant contestant : this.contestants) {
            contestant.subject().sample();
        }
        return runCold(rounds);
    }

    Comparison runCold(int rounds) throws Exception {
        List<Contestant> order = new ArrayList<>(this.contestants);
        for (int round = 1; round <= rounds; round++) {
            for (Contestant contestant : order) {
                contestant.takeTurn();
            }
            Collections.reverse(order);
            System.out.printf("  %s: round %d of %d%n", this.title, round, rounds);
        }
        return this;
    }

    ComparisonResult result() {
        List<Series> series = this.contestants.stream().map((each) -> new Series(each.name(), each.values())).toList();
        return new ComparisonResult(this.id, this.title, this.unit, series, this.goals);
    }

    /** One way to do the work. */
    @FunctionalInterface
    interface Subject {

        double messagesPerSecond() throws Exception;

    }

    /** One way to do the work, of which more than the rate is measured. */
    @FunctionalInterface
    interface SampledSubject {

        Sample sample() throws Exception;

    }

    private record Contestant(String name, SampledSubject subject, Map<Measure, List<Double>> values) {

        void takeTurn() throws Exception {
            this.subject.sample()
                .values()
                .forEach((measure, value) -> this.values.computeIfAbsent(measure, (key) -> new ArrayList<>())
                    .add(value));
        }

    }

}

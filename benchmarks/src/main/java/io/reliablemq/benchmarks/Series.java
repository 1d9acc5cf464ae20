package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Rates of one subject over the rounds, in messages per second.
 */
final class Series {

    private final String name;

    private final List<Double> rates = new ArrayList<>();

    Series(String name) {
        this.name = name;
    }

    String name() {
        return this.name;
    }

    void add(double rate) {
        this.rates.add(rate);
    }

    double median() {
        List<Double> sorted = this.rates.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return (sorted.size() % 2 == 1) ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    double min() {
        return this.rates.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    double max() {
        return this.rates.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    /** Median of the ratios of each round, so that a slow round weighs on both sides. */
    double ratioTo(Series baseline) {
        Series ratios = new Series("ratios");
        for (int round = 0; round < this.rates.size(); round++) {
            ratios.add(this.rates.get(round) / baseline.rates.get(round));
        }
        return ratios.median();
    }

    String json() {
        return "{\"name\": \"" + this.name + "\", \"rates\": " + this.rates + "}";
    }

}

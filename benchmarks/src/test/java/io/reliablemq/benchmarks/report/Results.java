package io.reliablemq.benchmarks.report;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Results to render.
 */
final class Results {

    private Results() {
    }

    static Series series(String name, double... rates) {
        return series(name, Measure.RATE, rates);
    }

    static Series series(String name, Measure measure, double... values) {
        return new Series(name, Map.of(measure, Arrays.stream(values).boxed().toList()));
    }

    static Goal goal(Goal.Check check, Measure measure, double bound) {
        return new Goal("batches", "batches", "one by one", check, measure, "batches", "plain", bound);
    }

    /**
     * Rounds in which the batches are three times as fast, and the baseline noisy by a
     * tenth.
     */
    static ComparisonResult comparison(Goal... goals) {
        return new ComparisonResult(
                "row", "rows", "msg/s", List.of(series("plain", 1000, 500, 800),
                        series(Series.again("plain"), 900, 550, 800), series("batches", 3000, 1500, 3200)),
                List.of(goals));
    }

    static Report report(Goal... goals) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("machine", "2 cores");
        environment.put("JVM", "17");
        return new Report(environment, 12.4, List.of(comparison(goals)));
    }

}

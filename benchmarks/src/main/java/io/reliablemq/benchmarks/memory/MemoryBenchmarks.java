package io.reliablemq.benchmarks.memory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.reliablemq.benchmarks.report.ComparisonResult;
import io.reliablemq.benchmarks.report.Goal;
import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.benchmarks.report.Series;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the benchmarks of what needs no server, each in a JVM of its own.
 */
public final class MemoryBenchmarks {

    private static final String FORMAT_LIMIT = "the format's limit";

    private final boolean quick;

    private final int rounds;

    /**
     * Creates the runner.
     * @param quick whether it only matters that everything runs
     * @param rounds measured iterations of each benchmark
     */
    public MemoryBenchmarks(boolean quick, int rounds) {
        this.quick = quick;
        this.rounds = rounds;
    }

    /**
     * Ids, with one and two threads.
     * @return the rates
     * @throws RunnerException if a benchmark fails
     */
    public ComparisonResult ids() throws RunnerException {
        List<Series> series = new ArrayList<>();
        series.add(new Series(FORMAT_LIMIT, Map.of(Measure.RATE, Collections.nCopies(this.rounds, IdBenchmark.LIMIT))));
        List<Goal> goals = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            String name = threads + ((threads == 1) ? " thread" : " threads");
            RunResult result = run(
                    options(Mode.Throughput).include(IdBenchmark.class.getName() + "\\.").threads(threads))
                .iterator()
                .next();
            series.add(new Series(name, Map.of(Measure.RATE, scores(result))));
            goals.add(new Goal("ids-" + threads, "Snowflake ids, " + name, "4,096,000 ids/s, the format's limit",
                    Goal.Check.RATIO_AT_LEAST, Measure.RATE, name, FORMAT_LIMIT, 0.99));
        }
        return new ComparisonResult("ids", "Snowflake ids", "ids/s", series, goals);
    }

    /**
     * What is done for each message beside sending and storing it.
     * @return the times
     * @throws RunnerException if a benchmark fails
     */
    public ComparisonResult rest() throws RunnerException {
        List<Series> series = run(options(Mode.AverageTime).include(BackoffBenchmark.class.getName() + "\\.")
            .include(HeaderBenchmark.class.getName() + "\\.")
            .include(KeyBenchmark.class.getName() + "\\.")).stream()
            .map((result) -> new Series(name(result), Map.of(Measure.NANOS, scores(result))))
            .toList();
        return new ComparisonResult("memory", "in memory, one thread", "op/s", series, List.of());
    }

    private static String name(RunResult result) {
        String[] parts = result.getParams().getBenchmark().split("\\.");
        return parts[parts.length - 2].replace("Benchmark", "") + "." + parts[parts.length - 1];
    }

    private static List<Double> scores(RunResult result) {
        return result.getBenchmarkResults()
            .stream()
            .flatMap((each) -> each.getIterationResults().stream())
            .map((each) -> each.getPrimaryResult().getScore())
            .toList();
    }

    private ChainedOptionsBuilder options(Mode mode) {
        TimeValue time = TimeValue.milliseconds(this.quick ? 200 : 1000);
        return new OptionsBuilder().mode(mode)
            .timeUnit((mode == Mode.Throughput) ? TimeUnit.SECONDS : TimeUnit.NANOSECONDS)
            .forks(1)
            .warmupIterations(this.quick ? 1 : 3)
            .warmupTime(time)
            .measurementIterations(this.rounds)
            .measurementTime(time)
            .jvmArgs("-Xms256m", "-Xmx256m")
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true);
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        // Another user's run on this machine is no reason to refuse.
        System.setProperty("jmh.ignoreLock", "true");
        return new Runner(options.build()).run();
    }

}

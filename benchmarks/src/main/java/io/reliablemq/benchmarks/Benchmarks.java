package io.reliablemq.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import io.reliablemq.benchmarks.report.Console;
import io.reliablemq.benchmarks.report.Page;
import io.reliablemq.benchmarks.report.Report;

/**
 * Runs the benchmarks. Arguments: the file for the raw results, then {@code quick} or a
 * number of rounds (5), then names of what to run (everything that belongs to the
 * report). A full run of everything writes the page about performance; {@code render}
 * writes it again from the results that lie beside it.
 */
public final class Benchmarks {

    private static final String PAGE = "performance.md";

    private static final String RESULTS = "performance.json";

    private Benchmarks() {
    }

    public static void main(String[] args) {
        // The client's own log goes nowhere, as the embedded broker's.
        System.setProperty("rmq.logback.configurationFile", "io/reliablemq/test/rocketmq-logging.xml");
        // Servers and clients leave threads behind that would keep the JVM alive.
        System.exit(run(args));
    }

    private static int run(String[] args) {
        try {
            Path results = Path.of((args.length > 0) ? args[0] : "results.json");
            Path docs = Path.of(System.getProperty("benchmark.docs", "docs"));
            Arguments arguments = Arguments.parse(Arrays.asList(args).subList(Math.min(1, args.length), args.length));
            if (arguments.names().contains("render")) {
                Files.writeString(docs.resolve(PAGE), new Page(Report.read(docs.resolve(RESULTS))).render());
                return 0;
            }
            return SeparateBenchmarks.run(arguments) ? 0 : report(arguments, results, docs);
        }
        catch (Exception ex) {
            ex.printStackTrace(System.out);
            return 1;
        }
    }

    private static int report(Arguments arguments, Path results, Path docs) throws Exception {
        ReportRun run = new ReportRun(arguments);
        Report report = run.run();
        report.write(results);
        String page = new Page(report).render();
        List<String> failures = run.failures();
        if (arguments.isAll() && !arguments.scale().quick() && failures.isEmpty()) {
            report.write(docs.resolve(RESULTS));
            Files.writeString(docs.resolve(PAGE), page);
        }
        else {
            Files.writeString(results.resolveSibling(PAGE), page);
        }
        Console.print(report);
        System.out.println(System.lineSeparator() + "Raw results: " + results.getFileName());
        if (!failures.isEmpty()) {
            System.out.println("Failed: " + failures);
        }
        return failures.isEmpty() ? 0 : 1;
    }

}

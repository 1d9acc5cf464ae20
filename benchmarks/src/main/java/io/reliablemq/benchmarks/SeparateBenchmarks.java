package io.reliablemq.benchmarks;

import java.util.List;
import java.util.Map;

import io.reliablemq.benchmarks.report.Console;
import io.reliablemq.benchmarks.report.Report;

/**
 * Benchmarks that are asked for by name only: they take long, or are no comparison.
 */
final class SeparateBenchmarks {

    private static final String SCALE_OUT_MESSAGES = "50000";

    private SeparateBenchmarks() {
    }

    /** Whether it was one of them. */
    static boolean run(Arguments arguments) throws Exception {
        int rounds = arguments.scale().rounds();
        switch (arguments.isAll() ? "" : arguments.names().get(0)) {
            case "reconcile" -> ReconcileBenchmark.run(rounds);
            case "backlog-poll" -> BacklogPollBenchmark.run(rounds);
            case "scale-out" -> scaleOut(
                    Integer.parseInt((arguments.names().size() > 1) ? arguments.names().get(1) : SCALE_OUT_MESSAGES));
            case "adaptive" -> adaptive();
            case "concurrency" -> waiting(arguments.scale(), false);
            case "async" -> waiting(arguments.scale(), true);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void adaptive() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(AdaptiveBenchmark.TOPIC)) {
            new SendBenchmark(broker.nameServer()).fill(AdaptiveBenchmark.TOPIC, AdaptiveBenchmark.MESSAGES);
            new AdaptiveBenchmark(broker.nameServer()).run();
        }
    }

    private static void waiting(Scale scale, boolean asynchronous) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(ConsumerApplication.TOPIC)) {
            new SendBenchmark(broker.nameServer()).fill(ConsumerApplication.TOPIC, ConcurrencyBenchmark.MESSAGES);
            ConcurrencyBenchmark benchmark = new ConcurrencyBenchmark(broker.nameServer());
            Comparison comparison = asynchronous ? benchmark.asynchronous() : benchmark.threads();
            Console.print(new Report(Map.of(), 0, List.of(scale.run(comparison).result())));
        }
    }

    private static void scaleOut(int messages) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(ScaleOutBenchmark.TOPIC)) {
            new SendBenchmark(broker.nameServer()).fill(ScaleOutBenchmark.TOPIC, messages);
            System.out.println("Scale-out: " + messages + " messages of 1 KiB in 8 queues, PostgreSQL, "
                    + ScaleOutConsumer.THREADS + " threads per process, 20 ms of waiting per message");
            new ScaleOutBenchmark(broker.nameServer(), messages).run();
        }
    }

}

package io.reliablemq.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs all comparisons. Arguments: the file for the raw results, the number of rounds
 * (5).
 */
public final class Benchmarks {

    private static final int CONSUMED = 10_000;

    private Benchmarks() {
    }

    public static void main(String[] args) throws Exception {
        int rounds = (args.length > 1) ? Integer.parseInt(args[1]) : 5;
        String environment = "JDK " + Runtime.version() + ", " + Runtime.getRuntime().availableProcessors() + " cores, "
                + System.getProperty("os.name") + " " + System.getProperty("os.version")
                + "; broker in a JVM of its own, ASYNC_FLUSH; " + rounds + " rounds, order alternating, medians";
        System.out.println(environment);
        String what = (args.length > 2) ? args[2] : "all";
        if (what.equals("reconcile")) {
            ReconcileBenchmark.run(rounds);
            System.exit(0);
        }
        if (what.equals("backlog-poll")) {
            BacklogPollBenchmark.run(rounds);
            System.exit(0);
        }
        if (what.equals("scale-out")) {
            scaleOut((args.length > 3) ? Integer.parseInt(args[3]) : 50_000);
            System.exit(0);
        }
        List<Comparison> results = new ArrayList<>();
        try (BrokerProcess broker = BrokerProcess.start(SendBenchmark.TOPIC, ConsumerApplication.TOPIC,
                OutboxBenchmark.TOPIC, AdaptiveBenchmark.TOPIC)) {
            SendBenchmark sending = new SendBenchmark(broker.nameServer());
            if (what.equals("all") || what.equals("send")) {
                results.add(sending.comparison(1, 4_000).run(rounds));
                results.add(sending.comparison(8, 16_000).run(rounds));
            }
            if (what.equals("all") || what.equals("consume")) {
                sending.fill(ConsumerApplication.TOPIC, CONSUMED);
                GuardBenchmark guards = new GuardBenchmark(broker.nameServer(), CONSUMED);
                results.add(guards.noOp().run(rounds));
                results.add(guards.oneRow("PostgreSQL").run(rounds));
                results.add(guards.oneRow("MariaDB").run(rounds));
            }
            if (what.equals("all") || what.startsWith("outbox")) {
                try (OutboxBenchmark outbox = new OutboxBenchmark(sending.template())) {
                    if (!what.equals("outbox-backlog")) {
                        results.add(outbox.throughput(16_000).run(rounds));
                    }
                    results.add(outbox.backlog(100_000, 10_000).run(rounds));
                    outbox.latency(3_000);
                }
            }
            concurrency(what, rounds, broker.nameServer(), sending, results);
        }
        System.out.println(System.lineSeparator() + environment);
        results.forEach(Comparison::print);
        write(Path.of(args.length > 0 ? args[0] : "results.json"), environment, results);
        System.exit(0);
    }

    /** These take long, so that each is asked for by name. */
    private static void concurrency(String what, int rounds, String nameServer, SendBenchmark sending,
            List<Comparison> results) throws Exception {
        if (what.equals("adaptive")) {
            sending.fill(AdaptiveBenchmark.TOPIC, AdaptiveBenchmark.MESSAGES);
            new AdaptiveBenchmark(nameServer).run();
        }
        if (what.equals("concurrency") || what.equals("async")) {
            sending.fill(ConsumerApplication.TOPIC, ConcurrencyBenchmark.MESSAGES);
            ConcurrencyBenchmark benchmark = new ConcurrencyBenchmark(nameServer);
            results.add((what.equals("async") ? benchmark.asynchronous() : benchmark.threads()).run(rounds));
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

    private static void write(Path file, String environment, List<Comparison> results) throws IOException {
        Files.writeString(file, "{\"environment\": \"" + environment + "\", \"comparisons\": ["
                + String.join(",\n", results.stream().map(Comparison::json).toList()) + "]}\n");
        System.out.println("\nRaw results: " + file.getFileName());
    }

}

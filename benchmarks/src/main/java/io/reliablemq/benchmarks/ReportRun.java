package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.reliablemq.benchmarks.memory.MemoryBenchmarks;
import io.reliablemq.benchmarks.report.ComparisonResult;
import io.reliablemq.benchmarks.report.Report;

/**
 * Runs what belongs to the report, one family after the other. One that fails leaves the
 * others' results.
 */
final class ReportRun {

    private final Arguments arguments;

    private final Scale scale;

    private final List<ComparisonResult> results = new ArrayList<>();

    private final List<String> failures = new ArrayList<>();

    ReportRun(Arguments arguments) {
        this.arguments = arguments;
        this.scale = arguments.scale();
    }

    Report run() throws Exception {
        long start = System.nanoTime();
        family("memory", this::memory);
        Map<String, String> environment;
        try (BenchmarkServers servers = BenchmarkServers.start(SendBenchmark.TOPIC, RowBenchmark.TOPIC,
                LeaseBenchmark.TOPIC, OutboxBenchmark.TOPIC)) {
            SendBenchmark sending = new SendBenchmark(servers.nameServer());
            family("send", () -> send(sending));
            family("consume", () -> rows(servers, sending));
            family("lease", () -> leases(servers, sending));
            family("outbox", () -> outbox(sending));
            family("claim", () -> claims(servers));
            environment = RunEnvironment.of(this.scale, servers);
        }
        return new Report(environment, (System.nanoTime() - start) / 60e9, this.results);
    }

    /** Names of what failed. */
    List<String> failures() {
        return this.failures;
    }

    private void family(String name, Family family) {
        if (!this.arguments.wants(name)) {
            return;
        }
        System.out.println(name);
        long start = System.nanoTime();
        try {
            family.run();
        }
        catch (Exception ex) {
            ex.printStackTrace(System.out);
            this.failures.add(name);
        }
        System.out.printf("  %s took %.0f s%n", name, (System.nanoTime() - start) / 1e9);
    }

    private void compare(Comparison comparison) throws Exception {
        compare(comparison, this.scale.rounds());
    }

    private void compare(Comparison comparison, int rounds) throws Exception {
        this.results.add(this.scale.run(comparison, rounds).result());
    }

    private void memory() throws Exception {
        MemoryBenchmarks benchmarks = new MemoryBenchmarks(this.scale.quick(), this.scale.rounds());
        this.results.add(benchmarks.ids());
        this.results.add(benchmarks.rest());
    }

    private void send(SendBenchmark sending) throws Exception {
        // Turns are short, and the goals are near to the noise.
        int rounds = 2 * this.scale.rounds();
        compare(sending.comparison(1, this.scale.of(4_000, 200)), rounds);
        compare(sending.comparison(8, this.scale.of(16_000, 800)), rounds);
        BatchSendBenchmark batches = new BatchSendBenchmark(sending.template());
        compare(batches.batches(this.scale.of(64_000, 640))
            .id("send-all")
            .lastAtLeast("send-all", "`sendAll`, 1 thread", "raw client's batches of 32, same properties", 0.95),
                rounds);
        compare(batches.asynchronous(this.scale.of(40_000, 600))
            .id("send-async")
            .lastAtLeast("send-async", "`sendAsync`", "raw client's asynchronous send, same properties", 0.95), rounds);
    }

    private void rows(BenchmarkServers servers, SendBenchmark sending) throws Exception {
        sending.fill(RowBenchmark.TOPIC, RowBenchmark.topicSize(this.scale));
        compare(new RowBenchmark(servers, "PostgreSQL", servers.postgres(), this.scale).comparison());
        compare(new RowBenchmark(servers, "MariaDB", servers.mariaDb(), this.scale).comparison());
    }

    private void leases(BenchmarkServers servers, SendBenchmark sending) throws Exception {
        sending.fill(LeaseBenchmark.TOPIC, LeaseBenchmark.topicSize(this.scale));
        LeaseBenchmark leases = new LeaseBenchmark(servers, this.scale);
        compare(leases.redisAgainstBare());
        compare(leases.redisAgainstHandWritten());
        compare(leases.jdbc("PostgreSQL", servers.postgres()));
        compare(leases.jdbc("MariaDB", servers.mariaDb()));
    }

    private void outbox(SendBenchmark sending) throws Exception {
        try (OutboxBenchmark outbox = new OutboxBenchmark(sending.template())) {
            compare(outbox.latency(this.scale.of(500, 50)));
            compare(outbox.throughput(this.scale.of(6_000, 400)).id("outbox-row"));
            int backlog = this.scale.of(100_000, 2_000);
            String what = String.format(Locale.ROOT, "outbox relay of a pre-filled %,d", backlog);
            compare(outbox.backlog(backlog, this.scale.of(2_000, 200))
                .id("outbox-relay")
                .lastAtLeast("outbox-relay", what, "select 100, send, update each, commit each", 10)
                .lastPerSecond("outbox-relay-rate", what + ", msg/s", 10_000));
        }
    }

    private void claims(BenchmarkServers servers) throws Exception {
        try (ClaimBenchmark claims = new ClaimBenchmark(servers.postgres(), this.scale.of(10_000_000, 20_000),
                this.scale.of(10_000, 400))) {
            compare(claims.leases());
            compare(claims.transactions());
        }
    }

    /** Some comparisons that belong together. */
    @FunctionalInterface
    private interface Family {

        void run() throws Exception;

    }

}

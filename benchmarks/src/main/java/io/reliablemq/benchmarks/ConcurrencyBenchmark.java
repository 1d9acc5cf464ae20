package io.reliablemq.benchmarks;

import java.util.Map;

/**
 * Threads against throughput, and waiting threads against asynchronous calls.
 */
final class ConcurrencyBenchmark {

    static final int MESSAGES = 20_000;

    private static final int[] THREADS = { 2, 4, 8, 16, 32, 64, 100 };

    private static final int PER_THREAD = 400;

    private static final long SHORT_MILLIS = 10;

    private static final long LONG_MILLIS = 200;

    private static final int CALLS = 2_000;

    private final WaitingApplication application;

    ConcurrencyBenchmark(String nameServer) {
        this.application = new WaitingApplication(nameServer);
    }

    Comparison threads() {
        Comparison comparison = new Comparison("listener that blocks for 10 ms, no guard", "1 thread",
                () -> threads(1));
        for (int threads : THREADS) {
            comparison.add(threads + " threads", () -> threads(threads));
        }
        return comparison;
    }

    private double threads(int threads) throws Exception {
        return this.application.run("waiting", Math.min(MESSAGES, PER_THREAD * threads), SHORT_MILLIS,
                Map.of("threads", threads, "max-threads", 100));
    }

    Comparison asynchronous() {
        Comparison comparison = new Comparison("listener with a remote call of 200 ms, 20 threads, no guard",
                "synchronous", () -> remote("waiting", Map.of("threads", 20)))
            .add("asynchronous, 256 under way", () -> remote("waiting-async", Map.of("async-in-flight", 256)));
        if (Runtime.version().feature() >= 21) {
            comparison.add("synchronous on virtual threads, 256 under way",
                    () -> remote("waiting", Map.of("virtual-threads", true, "async-in-flight", 256)));
        }
        else {
            System.out.println("  virtual threads: not on Java " + Runtime.version().feature());
        }
        return comparison;
    }

    private double remote(String profile, Map<String, Object> listener) throws Exception {
        return this.application.run(profile, CALLS, LONG_MILLIS, listener);
    }

}

package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import io.reliablemq.concurrency.AdaptiveConcurrency;
import io.reliablemq.concurrency.AdaptiveDecision;
import io.reliablemq.concurrency.ListenerControl;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A backlog of a minute: threads that follow the load, from 20, against fixed numbers.
 */
final class AdaptiveBenchmark {

    static final String TOPIC = "bench-adaptive";

    /** Callers that the downstream serves at a time. */
    static final int SERVED = 100;

    static final long MILLIS = 100;

    /** A minute and a bit for the downstream at its best. */
    static final int MESSAGES = 62_000;

    private static final int[] FIXED = { 50, 100, 200 };

    private final WaitingApplication application;

    AdaptiveBenchmark(String nameServer) {
        this.application = new WaitingApplication(nameServer);
    }

    void run() throws Exception {
        double best = Double.MAX_VALUE;
        for (int threads : FIXED) {
            double seconds = MESSAGES / this.application.run("downstream", MESSAGES, MILLIS,
                    Map.of("threads", threads, "max-threads", 256));
            System.out.printf("  %d threads: %.1f s%n", threads, seconds);
            best = Math.min(best, seconds);
        }
        double adaptive = adaptive();
        System.out.printf("%nDrain of %d messages, a downstream that serves %d calls of %d ms at a time%n", MESSAGES,
                SERVED, MILLIS);
        System.out.printf("best fixed number %.1f s, adaptive from 20 threads %.1f s: %.2f times%n", best, adaptive,
                adaptive / best);
    }

    private double adaptive() throws Exception {
        try (ConfigurableApplicationContext context = this.application.start("downstream", MESSAGES, MILLIS,
                Map.of("adaptive.enabled", true, "adaptive.max-threads", 256))) {
            double seconds = MESSAGES / context.getBean(ConsumerApplication.Stopwatch.class).messagesPerSecond();
            String group = context.getBean(ListenerControl.class).listeners().get(0).group();
            List<AdaptiveDecision> decisions = new ArrayList<>(
                    context.getBean(AdaptiveConcurrency.class).decisions(group));
            Collections.reverse(decisions);
            decisions.forEach((it) -> System.out.printf("  %s %s %d -> %d: %s%n", it.at(), it.kind(), it.from(),
                    it.to(), it.reason()));
            return seconds;
        }
    }

}

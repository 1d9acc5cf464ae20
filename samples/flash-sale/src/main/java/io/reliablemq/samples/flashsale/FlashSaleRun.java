package io.reliablemq.samples.flashsale;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.reliablemq.degradation.Degradation;
import io.reliablemq.degradation.DegradationLevel;
import io.reliablemq.producer.ReliableMQTemplate;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.stereotype.Component;

/**
 * Sends the burst, draws what happens, waits until all has had its effect, reports.
 */
@Component
class FlashSaleRun implements CommandLineRunner, ExitCodeGenerator {

    private static final Duration SALE = Duration.ofSeconds(6);

    private static final Duration BROWSING = Duration.ofSeconds(18);

    private static final Duration PATIENCE = Duration.ofSeconds(75);

    private static final int SENDERS = 4;

    private final ReliableMQTemplate template;

    private final Effects effects;

    private final Dashboard dashboard;

    private final Degradation degradation;

    private final AtomicInteger sent = new AtomicInteger();

    private boolean well;

    FlashSaleRun(ReliableMQTemplate template, Effects effects, Dashboard dashboard, Degradation degradation) {
        this.template = template;
        this.effects = effects;
        this.dashboard = dashboard;
        this.degradation = degradation;
    }

    @Override
    public int getExitCode() {
        return this.well ? 0 : 1;
    }

    @Override
    public void run(String... args) throws Exception {
        System.out.printf(
                "%nA sale of %d s: %d orders, %d ms of work each, and %d notifications and recommendations"
                        + " that can wait.%n",
                SALE.toSeconds(), Kind.ORDER.number(), Kind.ORDER.millis(),
                Kind.NOTIFICATION.number() + Kind.RECOMMENDATION.number());
        this.dashboard.head();
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS + 1);
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int part = 0; part < SENDERS; part++) {
                int first = part;
                parts.add(senders.submit(() -> sendOrders(first)));
            }
            parts.add(senders.submit(this::sendTheRest));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!isOver(parts) && System.nanoTime() < deadline) {
                TimeUnit.SECONDS.sleep(1);
                this.dashboard.line(this.sent.get());
            }
            for (Future<?> part : parts) {
                part.get(1, TimeUnit.SECONDS);
            }
        }
        finally {
            senders.shutdownNow();
        }
        this.well = report();
    }

    /** Half of all in the first quarter of the sale, as customers do. */
    private void sendOrders(int first) {
        long begin = System.nanoTime();
        int orders = Kind.ORDER.number();
        for (int number = first; number < orders; number += SENDERS) {
            double share = number / (double) orders;
            double due = SALE.toNanos() * ((share < 0.5) ? share / 2 : 0.25 + (share - 0.5) * 1.5);
            LockSupport.parkNanos((long) (due - (System.nanoTime() - begin)));
            send(Kind.ORDER, number);
        }
    }

    /** Steadily, and for longer. */
    private void sendTheRest() {
        long begin = System.nanoTime();
        int each = Kind.NOTIFICATION.number();
        for (int number = 0; number < each; number++) {
            LockSupport.parkNanos(BROWSING.toNanos() * number / each - (System.nanoTime() - begin));
            send(Kind.NOTIFICATION, number);
            send(Kind.RECOMMENDATION, number);
        }
    }

    private void send(Kind kind, int number) {
        this.template.send(kind.topic(), kind.name() + "-" + number);
        this.sent.incrementAndGet();
    }

    private boolean isOver(List<Future<?>> parts) {
        if (!parts.stream().allMatch(Future::isDone) || this.degradation.level() != DegradationLevel.OFF) {
            return false;
        }
        for (Kind kind : Kind.values()) {
            if (this.effects.distinct(kind) < kind.number()) {
                return false;
            }
        }
        return true;
    }

    private boolean report() {
        boolean exact = true;
        System.out.printf("%n  %-16s %7s %9s %6s %8s %10s %9s %13s%n", "", "sent", "effects", "lost", "doubled",
                "deferrals", "dropped", "highest lag");
        for (Kind kind : Kind.values()) {
            int lost = kind.number() - this.effects.distinct(kind);
            int doubled = this.effects.count(kind) - this.effects.distinct(kind);
            long dropped = this.dashboard.deliveries(kind, "dropped");
            System.out.printf("  %-16s %7d %9d %6d %8d %10d %9d %11.1f s%n", kind.topic(), kind.number(),
                    this.effects.count(kind), lost, doubled, this.dashboard.deliveries(kind, "deferred"), dropped,
                    this.dashboard.highestLag(kind));
            exact &= lost == 0 && doubled == 0 && dropped == 0;
        }
        System.out.printf("%n  Threads of the orders: 4 at first, %d at most. Giving way:%n",
                this.dashboard.mostThreads());
        this.dashboard.changes().forEach((change) -> System.out.println("  " + change));
        if (this.dashboard.changes().isEmpty()) {
            System.out.println("     nobody had to: orders never waited for 3 s");
        }
        System.out.printf("%n  %s%n%n", exact ? "Every message has had its effect exactly once."
                : "NOT every message has had its effect exactly once.");
        return exact;
    }

}

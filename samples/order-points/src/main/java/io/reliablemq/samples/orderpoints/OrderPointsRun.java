package io.reliablemq.samples.orderpoints;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.reliablemq.test.EmbeddedRocketMQBroker;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Places the orders, makes trouble, waits until nothing moves any more, reports.
 */
@Component
class OrderPointsRun implements CommandLineRunner, ExitCodeGenerator {

    private static final int ORDERS = 2000;

    private static final int MEMBERS = 100;

    private static final int SENDERS = 4;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final OrderService orders;

    private final JdbcTemplate jdbc;

    private final Count count;

    private final Report report;

    private final ObjectProvider<EmbeddedRocketMQBroker> embeddedBroker;

    private final String run = "r" + Long.toString(Clock.systemUTC().millis(), 36);

    private boolean well;

    OrderPointsRun(OrderService orders, JdbcTemplate jdbc, Count count, Report report,
            ObjectProvider<EmbeddedRocketMQBroker> embeddedBroker) {
        this.orders = orders;
        this.jdbc = jdbc;
        this.count = count;
        this.report = report;
        this.embeddedBroker = embeddedBroker;
    }

    @Override
    public int getExitCode() {
        return this.well ? 0 : 1;
    }

    @Override
    public void run(String... args) throws Exception {
        System.out.printf("%nPlacing %d orders of %d members; every tenth is sent twice, every fortieth fails at first,"
                + " and the broker restarts half-way.%n%n", ORDERS, MEMBERS);
        IntStream.range(0, MEMBERS)
            .forEach((member) -> this.jdbc.update("INSERT INTO account (member_id, balance) VALUES (?, 0)",
                    memberId(member)));
        placeAll();
        awaitQuiet();
        this.well = this.report.print(this.run, ORDERS);
    }

    private void placeAll() throws Exception {
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
        try {
            List<Future<?>> placed = new ArrayList<>();
            for (int number = 1; number <= ORDERS; number++) {
                OrderCreated order = new OrderCreated(this.run + "-" + number, memberId(number % MEMBERS),
                        10 + number % 90);
                placed.add(senders.submit(() -> place(order)));
            }
            for (int done = 0; done < placed.size(); done++) {
                placed.get(done).get();
                if (done + 1 == ORDERS / 2) {
                    restartBroker();
                }
                if ((done + 1) % 400 == 0) {
                    progress();
                }
            }
        }
        finally {
            senders.shutdownNow();
        }
    }

    private void place(OrderCreated order) {
        long id = this.orders.place(this.run, order);
        if (Trouble.isSentAgainWithSameId(order)) {
            this.orders.sendSameMessageAgain(id, order);
        }
        if (Trouble.isSentAgainAsAnotherMessage(order)) {
            this.orders.sendAnotherMessage(order);
        }
    }

    private void restartBroker() {
        this.embeddedBroker.ifAvailable((broker) -> {
            System.out.println("  restarting the broker while orders are being sent ...");
            broker.restart();
            System.out.println("  the broker is back");
        });
    }

    /** Until everything that was sent was delivered, and nothing new for a while. */
    private void awaitQuiet() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        int before = -1;
        while (System.nanoTime() < deadline) {
            int acknowledged = this.count.acknowledged(this.run);
            if (acknowledged >= this.orders.sent() && acknowledged == before) {
                return;
            }
            if (acknowledged != before) {
                progress();
            }
            before = acknowledged;
            TimeUnit.SECONDS.sleep(2);
        }
    }

    private void progress() {
        System.out.printf("  sent %5d   effects %5d%n", this.orders.sent(), this.count.effects(this.run));
    }

    private String memberId(int member) {
        return this.run + "-m" + member;
    }

}

package io.reliablemq.samples.orderpoints;

import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.ReconcileReport;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Window;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * The table at the end.
 */
@Component
class Report {

    private final Count count;

    private final OrderService orders;

    private final ObjectProvider<Reconciler> reconciler;

    private final Instant begin = Clock.systemUTC().instant();

    Report(Count count, OrderService orders, ObjectProvider<Reconciler> reconciler) {
        this.count = count;
        this.orders = orders;
        this.reconciler = reconciler;
    }

    /** Prints the table and tells whether all is well. */
    boolean print(String run, int expected) {
        int effects = this.count.effects(run);
        int lost = this.count.lost(run);
        int doubled = this.count.doubled(run);
        int refused = this.count.refused(run);
        int points = this.count.balances(run);
        int pointsOrdered = this.count.pointsOrdered(run);
        Map<String, Object> rows = new LinkedHashMap<>();
        rows.put("orders placed", expected);
        rows.put("sent (some orders twice, on purpose)", this.orders.sent());
        rows.put("send retries", this.orders.retries() + this.count.relayRetries());
        rows.put("delivered (duplicates included)", this.count.deliveries(run));
        rows.put("effects", effects);
        rows.put("duplicates stopped", this.count.acknowledged(run) - effects);
        rows.put("  of them only by the ledger's own key", refused);
        rows.put("lost", lost);
        rows.put("doubled", doubled);
        rows.put("points credited / ordered", points + " / " + pointsOrdered);
        this.reconciler.ifAvailable((it) -> rows.putAll(verdicts(it)));
        System.out.println();
        rows.forEach((name, value) -> System.out.printf("  %-45s %15s%n", name, value));
        boolean well = lost == 0 && doubled == 0 && effects == expected && points == pointsOrdered && refused == 0;
        System.out.printf("%n  %s%n%n", well ? "Every order has had its effect exactly once."
                : "NOT every order has had its effect exactly once.");
        return well;
    }

    /**
     * What the library itself says: the messages sent, compared with what was consumed.
     */
    private Map<String, Object> verdicts(Reconciler reconciler) {
        Map<String, Object> rows = new LinkedHashMap<>();
        ReconcileReport report = reconciler.run(new Window(this.begin, Clock.systemUTC().instant()));
        for (GroupReport group : report.groups()) {
            new TreeMap<>(group.counts())
                .forEach((verdict, number) -> rows.put("reconciled, " + group.group() + ": " + verdict, number));
        }
        return rows;
    }

}

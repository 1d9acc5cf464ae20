package io.reliablemq.samples.orderpoints;

import java.util.LinkedHashMap;
import java.util.Map;

import org.springframework.stereotype.Component;

/**
 * The table at the end.
 */
@Component
class Report {

    private final Count count;

    private final OrderService orders;

    Report(Count count, OrderService orders) {
        this.count = count;
        this.orders = orders;
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
        System.out.println();
        rows.forEach((name, value) -> System.out.printf("  %-45s %15s%n", name, value));
        boolean well = lost == 0 && doubled == 0 && effects == expected && points == pointsOrdered && refused == 0;
        System.out.printf("%n  %s%n%n", well ? "Every order has had its effect exactly once."
                : "NOT every order has had its effect exactly once.");
        return well;
    }

}

package io.reliablemq.samples.orderpoints;

import io.reliablemq.outbox.OutboxStore;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * What the database says about one run.
 */
@Component
class Count {

    private final JdbcTemplate jdbc;

    private final boolean hasOutbox;

    Count(JdbcTemplate jdbc, ObjectProvider<OutboxStore> outbox) {
        this.jdbc = jdbc;
        this.hasOutbox = outbox.getIfAvailable() != null;
    }

    int effects(String run) {
        return count("SELECT COUNT(*) FROM points_change WHERE order_id LIKE ?", run);
    }

    int deliveries(String run) {
        return count("SELECT COUNT(*) FROM delivery WHERE order_id LIKE ?", run);
    }

    int acknowledged(String run) {
        return count("SELECT COUNT(*) FROM delivery WHERE acknowledged = 1 AND order_id LIKE ?", run);
    }

    int refused(String run) {
        return count("SELECT COUNT(*) FROM refused_change WHERE order_id LIKE ?", run);
    }

    int lost(String run) {
        return count("SELECT COUNT(*) FROM orders o WHERE o.order_id LIKE ?"
                + " AND NOT EXISTS (SELECT 1 FROM points_change c WHERE c.order_id = o.order_id)", run);
    }

    /**
     * Accounts that hold more, or less, than the orders say; doubled effects end up here.
     */
    int doubled(String run) {
        return count("SELECT COUNT(*) FROM (SELECT a.member_id FROM account a"
                + " LEFT JOIN orders o ON o.member_id = a.member_id WHERE a.member_id LIKE ?"
                + " GROUP BY a.member_id, a.balance HAVING a.balance > COALESCE(SUM(o.points), 0)) wrong", run);
    }

    int balances(String run) {
        return count("SELECT COALESCE(SUM(balance), 0) FROM account WHERE member_id LIKE ?", run);
    }

    int pointsOrdered(String run) {
        return count("SELECT COALESCE(SUM(points), 0) FROM orders WHERE order_id LIKE ?", run);
    }

    /** How often the relay had to try again. */
    int relayRetries() {
        Integer retries = this.hasOutbox ? this.jdbc.queryForObject(
                "SELECT COALESCE(SUM(attempts - 1), 0) FROM reliable_mq_outbox" + " WHERE attempts > 1", Integer.class)
                : null;
        return (retries != null) ? retries : 0;
    }

    private int count(String sql, String run) {
        Integer count = this.jdbc.queryForObject(sql, Integer.class, run + "-%");
        return (count != null) ? count : 0;
    }

}

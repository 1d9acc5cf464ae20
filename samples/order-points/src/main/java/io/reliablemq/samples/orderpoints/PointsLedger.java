package io.reliablemq.samples.orderpoints;

import java.time.Clock;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Accounts and their changes. Each change records the balance before and after it and the
 * time, and belongs to one order by a unique key: a second line of defence, and what an
 * auditor reads. It joins the guard's transaction.
 */
@Service
class PointsLedger {

    private final JdbcTemplate jdbc;

    private final TransactionTemplate ownTransaction;

    private final Clock clock = Clock.systemUTC();

    PointsLedger(JdbcTemplate jdbc, PlatformTransactionManager transactionManager) {
        this.jdbc = jdbc;
        this.ownTransaction = new TransactionTemplate(transactionManager);
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    @Transactional
    void credit(OrderCreated order) {
        Integer before = this.jdbc.queryForObject("SELECT balance FROM account WHERE member_id = ? FOR UPDATE",
                Integer.class, order.memberId());
        int after = ((before != null) ? before : 0) + order.points();
        try {
            this.jdbc.update(
                    "INSERT INTO points_change (order_id, member_id, points, balance_before, balance_after, changed_at)"
                            + " VALUES (?, ?, ?, ?, ?, ?)",
                    order.orderId(), order.memberId(), order.points(), before, after, this.clock.millis());
        }
        catch (DuplicateKeyException ex) {
            this.ownTransaction.executeWithoutResult(
                    (status) -> this.jdbc.update("INSERT INTO refused_change (order_id, refused_at) VALUES (?, ?)",
                            order.orderId(), this.clock.millis()));
            throw ex;
        }
        this.jdbc.update("UPDATE account SET balance = ? WHERE member_id = ?", after, order.memberId());
    }

}

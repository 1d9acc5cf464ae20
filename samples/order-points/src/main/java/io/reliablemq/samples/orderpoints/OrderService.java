package io.reliablemq.samples.orderpoints;

import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendReceipt;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Takes orders and tells the world about them.
 */
@Service
class OrderService {

    static final String TOPIC = "order-created";

    private final JdbcTemplate jdbc;

    private final ReliableMQTemplate messages;

    private final AtomicInteger sent = new AtomicInteger();

    private final AtomicInteger retries = new AtomicInteger();

    OrderService(JdbcTemplate jdbc, ReliableMQTemplate messages) {
        this.jdbc = jdbc;
        this.messages = messages;
    }

    /**
     * Order and event are committed together: the message waits in the outbox until then.
     */
    @Transactional
    public long place(String run, OrderCreated order) {
        this.jdbc.update("INSERT INTO orders (order_id, run, member_id, points) VALUES (?, ?, ?, ?)", order.orderId(),
                run, order.memberId(), order.points());
        return send(ReliableMessage.to(TOPIC).payload(order).key(order.orderId()).build());
    }

    /** As an impatient application does: the same message, with the same id. */
    public void sendSameMessageAgain(long id, OrderCreated order) {
        send(ReliableMessage.to(TOPIC).payload(order).key(order.orderId()).id(id).build());
    }

    /** As a forgetful application does: another message about the same order. */
    public void sendAnotherMessage(OrderCreated order) {
        send(ReliableMessage.to(TOPIC).payload(order).key(order.orderId()).build());
    }

    public int sent() {
        return this.sent.get();
    }

    public int retries() {
        return this.retries.get();
    }

    private long send(ReliableMessage<OrderCreated> message) {
        SendReceipt receipt = this.messages.send(message);
        this.sent.incrementAndGet();
        this.retries.addAndGet(Math.max(0, receipt.attempts() - 1));
        return receipt.id();
    }

}

package io.reliablemq.samples.orderpoints;

import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendFailedException;
import io.reliablemq.producer.SendReceipt;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/**
 * Takes orders and tells the world about them.
 */
@Service
class OrderService {

    static final String TOPIC = "order-created";

    private static final int MORE_TRIES = 3;

    private final JdbcTemplate jdbc;

    private final ReliableMQTemplate messages;

    private final AtomicInteger sent = new AtomicInteger();

    private final AtomicInteger retries = new AtomicInteger();

    OrderService(JdbcTemplate jdbc, ReliableMQTemplate messages) {
        this.jdbc = jdbc;
        this.messages = messages;
    }

    /** Returns the id of the message. */
    long place(String run, OrderCreated order) {
        this.jdbc.update("INSERT INTO orders (order_id, run, member_id, points) VALUES (?, ?, ?, ?)", order.orderId(),
                run, order.memberId(), order.points());
        return send(ReliableMessage.to(TOPIC).payload(order).key(order.orderId()).build());
    }

    /** As an impatient application does: the same message, with the same id. */
    void sendSameMessageAgain(long id, OrderCreated order) {
        send(ReliableMessage.to(TOPIC).payload(order).key(order.orderId()).id(id).build());
    }

    /** As a forgetful application does: another message about the same order. */
    void sendAnotherMessage(OrderCreated order) {
        send(ReliableMessage.to(TOPIC).payload(order).key(order.orderId()).build());
    }

    int sent() {
        return this.sent.get();
    }

    int retries() {
        return this.retries.get();
    }

    private long send(ReliableMessage<OrderCreated> message) {
        ReliableMessage<OrderCreated> current = message;
        for (int tries = 1;; tries++) {
            try {
                SendReceipt receipt = this.messages.send(current);
                this.sent.incrementAndGet();
                this.retries.addAndGet(receipt.attempts() - 1);
                return receipt.id();
            }
            catch (SendFailedException ex) {
                if (tries > MORE_TRIES) {
                    throw ex;
                }
                // Maybe stored, maybe not: with the same id a second copy does no harm.
                this.retries.addAndGet(ex.getAttempts());
                current = ReliableMessage.to(TOPIC)
                    .payload(message.payload())
                    .key(message.payload().orderId())
                    .id(ex.getId())
                    .build();
            }
        }
    }

}

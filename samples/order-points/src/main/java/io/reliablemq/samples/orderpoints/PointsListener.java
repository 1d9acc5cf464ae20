package io.reliablemq.samples.orderpoints;

import io.reliablemq.idempotency.IdempotencyContext;
import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

import org.springframework.stereotype.Component;

/**
 * Credits the points of an order, once per order number.
 */
@Component
@RocketMQMessageListener(topic = OrderService.TOPIC, consumerGroup = "points-service")
@IdempotentConsumer(key = "#payload.orderId")
class PointsListener implements RocketMQListener<OrderCreated>, RocketMQPushConsumerLifecycleListener {

    private final PointsLedger ledger;

    private final DeliveryLog deliveries;

    PointsListener(PointsLedger ledger, DeliveryLog deliveries) {
        this.ledger = ledger;
        this.deliveries = deliveries;
    }

    @Override
    public void onMessage(OrderCreated order) {
        this.ledger.credit(order);
        if (Trouble.failsAtFirst(order) && IdempotencyContext.current().attempt() == 1) {
            throw new IllegalStateException("made to fail after crediting " + order.orderId());
        }
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
        // By default a new group could miss what is sent while it starts.
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        this.deliveries.watch(consumer);
    }

}

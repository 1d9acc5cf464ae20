package io.reliablemq.rocketmq.delivery;

import java.util.Collections;
import java.util.List;

import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.message.LoggingContext;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * The delivery of one message on the calling thread, whose guard runs the listener.
 */
record SingleDelivery(DeliverySteps steps, IdempotencyGuard guard, Processing<Boolean> listener) {

    DeliveryResult deliver(MessageExt message) {
        return this.steps.observations().observe(message, () -> deliverObserved(message));
    }

    private DeliveryResult deliverObserved(MessageExt message) {
        LoggingContext context = DeliverySteps.logging(message);
        long start = this.steps.begin(List.of(message));
        DeliveryResult result = null;
        try {
            result = decide(new Delivery(message));
            return result;
        }
        finally {
            this.steps.end(Collections.singletonList(result), start);
            context.close();
        }
    }

    private DeliveryResult decide(Delivery delivery) {
        try {
            DeliveryResult instead = this.steps.prepare(delivery);
            return (instead != null) ? instead : this.steps.result(delivery, this.guard.execute(delivery.key(),
                    this.steps.attempt(delivery), () -> DeliverySteps.call(delivery, this.listener)));
        }
        catch (Throwable ex) {
            return this.steps.failed(delivery, ex);
        }
    }

}

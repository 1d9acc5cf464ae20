package io.reliablemq.rocketmq;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Takes the place of rocketmq-spring's own listener in an ordered container. A message
 * that must wait holds its queue; longer waits than RocketMQ allows are made of several.
 */
final class OrderedDelivery implements MessageListenerOrderly {

    private static final Duration LONGEST_SUSPENSION = Duration.ofSeconds(30);

    private final MessageDelivery delivery;

    private final DeliveryGate gate;

    private final Pacing pacing;

    private final Clock clock;

    private final Map<MessageQueue, Waiting> waiting = new ConcurrentHashMap<>();

    OrderedDelivery(MessageDelivery delivery, DeliveryGate gate, Pacing pacing, Clock clock) {
        this.delivery = delivery;
        this.gate = gate;
        this.pacing = pacing;
        this.clock = clock;
    }

    @Override
    public ConsumeOrderlyStatus consumeMessage(List<MessageExt> messages, ConsumeOrderlyContext context) {
        if (!this.gate.enter()) {
            return suspend(context, LONGEST_SUSPENSION);
        }
        try {
            for (MessageExt message : messages) {
                Duration again = deliver(message, context.getMessageQueue());
                if (!again.isZero()) {
                    return suspend(context, again);
                }
            }
            return ConsumeOrderlyStatus.SUCCESS;
        }
        finally {
            this.gate.leave();
        }
    }

    private Duration deliver(MessageExt message, MessageQueue queue) {
        Waiting waits = this.waiting.get(queue);
        if (waits != null && waits.offset() == message.getQueueOffset()) {
            Duration remaining = Duration.between(this.clock.instant(), waits.until());
            if (remaining.compareTo(Duration.ZERO) > 0) {
                return onlyWaits(message, remaining);
            }
        }
        Duration turn = this.pacing.turn(queue);
        if (!turn.isZero()) {
            return onlyWaits(message, turn);
        }
        Duration again;
        try {
            again = this.delivery.deliver(message).again();
        }
        finally {
            this.pacing.leave();
        }
        if (again == null) {
            this.waiting.remove(queue);
            return Duration.ZERO;
        }
        this.waiting.put(queue, new Waiting(message.getQueueOffset(), this.clock.instant().plus(again)));
        return again.isZero() ? Duration.ofMillis(10) : again;
    }

    /** RocketMQ counts every suspension as a redelivery; this one is none. */
    private static Duration onlyWaits(MessageExt message, Duration remaining) {
        message.setReconsumeTimes(message.getReconsumeTimes() - 1);
        return remaining;
    }

    private static ConsumeOrderlyStatus suspend(ConsumeOrderlyContext context, Duration wait) {
        Duration step = (wait.compareTo(LONGEST_SUSPENSION) > 0) ? LONGEST_SUSPENSION : wait;
        context.setSuspendCurrentQueueTimeMillis(step.toMillis());
        return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
    }

    private record Waiting(long offset, Instant until) {
    }

}

package io.reliablemq.rocketmq.delivery;

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
import org.jspecify.annotations.Nullable;

/**
 * Takes the place of rocketmq-spring's own listener in an ordered container. A message
 * that must wait holds its queue; longer waits than RocketMQ allows are made of several.
 */
final class OrderedMessageListener implements MessageListenerOrderly {

    private static final Duration LONGEST_SUSPENSION = Duration.ofSeconds(30);

    private final SingleDelivery delivery;

    private final @Nullable BatchDelivery group;

    private final DeliveryGate gate;

    private final Throttle throttle;

    private final Clock clock;

    private final Map<MessageQueue, Waiting> waiting = new ConcurrentHashMap<>();

    /**
     * The beginning of a batch whose rest has to wait: RocketMQ hands over all of it
     * again.
     */
    private final Map<MessageQueue, List<MessageExt>> done = new ConcurrentHashMap<>();

    /**
     * Creates a delivery.
     * @param group delivers several messages together; {@code null} if they go one by one
     */
    OrderedMessageListener(SingleDelivery delivery, @Nullable BatchDelivery group, DeliveryGate gate, Throttle throttle,
            Clock clock) {
        this.delivery = delivery;
        this.group = group;
        this.gate = gate;
        this.throttle = throttle;
        this.clock = clock;
    }

    @Override
    public ConsumeOrderlyStatus consumeMessage(List<MessageExt> messages, ConsumeOrderlyContext context) {
        if (!this.gate.enter()) {
            return suspend(context, LONGEST_SUSPENSION);
        }
        try {
            return consume(messages, context);
        }
        finally {
            this.gate.leave();
        }
    }

    private ConsumeOrderlyStatus consume(List<MessageExt> messages, ConsumeOrderlyContext context) {
        int next = doneBefore(messages, context.getMessageQueue());
        for (DeliveryResult result : together(messages.subList(next, messages.size()), context.getMessageQueue())) {
            Duration again = conclude(result, messages.get(next), context.getMessageQueue());
            if (!again.isZero()) {
                return suspend(context, again, messages, next);
            }
            next++;
        }
        for (; next < messages.size(); next++) {
            Duration again = deliver(messages.get(next), context.getMessageQueue());
            if (!again.isZero()) {
                return suspend(context, again, messages, next);
            }
        }
        return ConsumeOrderlyStatus.SUCCESS;
    }

    /**
     * The very same objects: it is the same delivery, whatever the records say by now.
     */
    @SuppressWarnings("ReferenceEquality")
    private int doneBefore(List<MessageExt> messages, MessageQueue queue) {
        List<MessageExt> before = this.done.remove(queue);
        int count = 0;
        while (before != null && count < Math.min(before.size(), messages.size())
                && before.get(count) == messages.get(count)) {
            count++;
        }
        return count;
    }

    /** Those that wait for a turn of their own go one by one. */
    private List<DeliveryResult> together(List<MessageExt> messages, MessageQueue queue) {
        boolean free = messages.size() > 1 && this.throttle.isOpen() && !this.waiting.containsKey(queue);
        return (this.group != null && free) ? this.group.deliverInOrder(messages) : List.of();
    }

    private Duration deliver(MessageExt message, MessageQueue queue) {
        Waiting waits = this.waiting.get(queue);
        if (waits != null && waits.offset() == message.getQueueOffset()) {
            Duration remaining = Duration.between(this.clock.instant(), waits.until());
            if (remaining.compareTo(Duration.ZERO) > 0) {
                return onlyWaits(message, remaining);
            }
        }
        Duration turn = this.throttle.turn(queue);
        if (!turn.isZero()) {
            return onlyWaits(message, turn);
        }
        DeliveryResult result;
        try {
            result = this.delivery.deliver(message);
        }
        finally {
            this.throttle.leave();
        }
        return conclude(result, message, queue);
    }

    private Duration conclude(DeliveryResult result, MessageExt message, MessageQueue queue) {
        Duration again = result.again();
        if (again == null) {
            this.waiting.computeIfPresent(queue,
                    (key, waits) -> (waits.offset() > message.getQueueOffset()) ? waits : null);
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

    /** Those behind the one that holds the queue were not delivered. */
    private ConsumeOrderlyStatus suspend(ConsumeOrderlyContext context, Duration wait, List<MessageExt> messages,
            int holding) {
        if (holding > 0) {
            this.done.put(context.getMessageQueue(), List.copyOf(messages.subList(0, holding)));
        }
        for (MessageExt behind : messages.subList(holding + 1, messages.size())) {
            behind.setReconsumeTimes(behind.getReconsumeTimes() - 1);
        }
        return suspend(context, wait);
    }

    private static ConsumeOrderlyStatus suspend(ConsumeOrderlyContext context, Duration wait) {
        Duration step = (wait.compareTo(LONGEST_SUSPENSION) > 0) ? LONGEST_SUSPENSION : wait;
        context.setSuspendCurrentQueueTimeMillis(step.toMillis());
        return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
    }

    private record Waiting(long offset, Instant until) {
    }

}

package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.List;

import io.reliablemq.rocketmq.DelayLevels;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The message listener of a concurrent container, in place of RocketMQ-Spring's. RocketMQ
 * acknowledges a contiguous beginning of a batch only, so a failed message in the middle
 * is sent back here, before the batch is acknowledged.
 * <p>
 * Crash points: before the answer, the whole batch comes again, and the guard skips what
 * was done; between sending back and the answer, so does the copy that was sent back.
 */
record ConcurrentMessageListener(Deliveries deliveries, DelayLevels delayLevels, DeliveryGate gate,
        SendBack sendBack) implements MessageListenerConcurrently {

    private static final Logger logger = LoggerFactory.getLogger(ConcurrentMessageListener.class);

    private static final int ACKNOWLEDGED = 0;

    @Override
    @SuppressWarnings("ReferenceEquality")
    public ConsumeConcurrentlyStatus consumeMessage(List<MessageExt> messages, ConsumeConcurrentlyContext context) {
        if (!this.gate.enter()) {
            return notBegun();
        }
        try {
            List<DeliveryResult> results = this.deliveries.deliver(messages);
            if (results.get(0) != ParallelBatch.NOT_BEGUN) {
                return answer(messages, levels(results), context);
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        }
        finally {
            this.gate.leave();
        }
        return notBegun();
    }

    /**
     * The queue is dropped before the gate lets go, so this answer is not acted upon.
     */
    private ConsumeConcurrentlyStatus notBegun() {
        this.gate.awaitReleaseIfClosed();
        return ConsumeConcurrentlyStatus.RECONSUME_LATER;
    }

    private int[] levels(List<DeliveryResult> results) {
        return results.stream().mapToInt((result) -> {
            Duration again = result.again();
            return (again != null) ? this.delayLevels.levelFor(again) : ACKNOWLEDGED;
        }).toArray();
    }

    private ConsumeConcurrentlyStatus answer(List<MessageExt> messages, int[] levels,
            ConsumeConcurrentlyContext context) {
        int first = firstFailed(levels);
        if (first < levels.length && !isUniformFrom(first, levels)) {
            for (int i = first; i < levels.length; i++) {
                if (levels[i] != ACKNOWLEDGED && sendBack(messages.get(i), levels[i], context)) {
                    levels[i] = ACKNOWLEDGED;
                }
            }
            first = firstFailed(levels);
        }
        if (first == levels.length) {
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        }
        context.setDelayLevelWhenNextConsume(levels[first]);
        if (first == 0) {
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        }
        context.setAckIndex(first - 1);
        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    }

    /**
     * Where that fails, the client tries again with this message and those after it, or
     * delivers them again.
     */
    private boolean sendBack(MessageExt message, int level, ConsumeConcurrentlyContext context) {
        try {
            this.sendBack.send(message, level, context.getMessageQueue());
            return true;
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return false;
        }
        catch (Exception ex) {
            logger.warn("Message {} of topic {} could not be sent back; it comes again with those after it",
                    message.getMsgId(), message.getTopic(), ex);
            return false;
        }
    }

    private static int firstFailed(int[] levels) {
        int first = 0;
        while (first < levels.length && levels[first] == ACKNOWLEDGED) {
            first++;
        }
        return first;
    }

    private static boolean isUniformFrom(int first, int[] levels) {
        for (int i = first; i < levels.length; i++) {
            if (levels[i] != levels[first]) {
                return false;
            }
        }
        return true;
    }

    /** Hands a message back to the broker, for later. */
    @FunctionalInterface
    interface SendBack {

        void send(MessageExt message, int delayLevel, MessageQueue queue) throws Exception;

    }

}

package io.reliablemq.rocketmq.deadletter;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.DeadLetterStoreException;
import io.reliablemq.deadletter.DrainReport;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.deadletter.UnstorableLetterException;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.rocketmq.ConsumerInternals;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drains the {@code %DLQ%} topic of one group, as a consumer group of its own. Each
 * queue's offset is stored at the broker after its messages were handed over; a crash
 * between hands them over again.
 */
@SuppressWarnings("deprecation")
final class DeadLetterTopic {

    /** One for all topics: offsets are kept per topic. */
    static final String READER = "reliable-mq-dead-letter-drain";

    private static final Logger logger = LoggerFactory.getLogger(DeadLetterTopic.class);

    private static final int PAGE = 32;

    private static final long NO_OFFSET = -1;

    private final DefaultMQPushConsumer consumer;

    private final String group;

    private final Function<MessageExt, ParkingResult> sink;

    private int budget;

    private int stored;

    private int known;

    private long left;

    private final Map<String, String> failed = new LinkedHashMap<>();

    DeadLetterTopic(DefaultMQPushConsumer consumer, String group, int limit, Function<MessageExt, ParkingResult> sink) {
        this.consumer = consumer;
        this.group = group;
        this.budget = limit;
        this.sink = sink;
    }

    DrainReport drain() {
        String topic = MixAll.getDLQTopic(this.group);
        // With the container's settings it shares the container's connections and access
        // rights.
        DefaultMQPullConsumer reader = new DefaultMQPullConsumer(READER);
        reader.resetClientConfig(this.consumer);
        try {
            reader.start();
            List<MessageQueue> queues = reader.fetchSubscribeMessageQueues(topic)
                .stream()
                .sorted(Comparator.comparing(MessageQueue::getBrokerName).thenComparing(MessageQueue::getQueueId))
                .toList();
            for (MessageQueue queue : queues) {
                drain(reader, queue);
            }
            return new DrainReport(this.group, this.stored, this.known, this.left, this.failed);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while reading " + topic + "; drain it again.", ex);
        }
        catch (ReliableMQException ex) {
            throw ex;
        }
        catch (Exception ex) {
            throw new ReliableMQException(
                    "Could not read " + topic + ". If the group never parked a message at the"
                            + " broker, there is no such topic; else check that the brokers are reachable and let this"
                            + " application, as group " + READER + ", read it (its permission must include reading).",
                    ex);
        }
        finally {
            reader.shutdown();
        }
    }

    private void drain(DefaultMQPullConsumer reader, MessageQueue queue) throws Exception {
        long end = reader.maxOffset(queue);
        long offset = Math.max(committed(reader, queue), reader.minOffset(queue));
        long done = offset;
        while (offset < end && this.budget > 0) {
            PullResult page = reader.pull(queue, "*", offset, Math.min(PAGE, this.budget));
            if (page.getPullStatus() == PullStatus.FOUND) {
                long next = handOver(page.getMsgFoundList(), offset);
                if (done == offset) {
                    done = next;
                    ConsumerInternals.commit(reader, queue, done);
                }
                offset = page.getNextBeginOffset();
            }
            else if (page.getNextBeginOffset() > offset) {
                done = (done == offset) ? page.getNextBeginOffset() : done;
                offset = page.getNextBeginOffset();
            }
            else {
                break;
            }
        }
        this.left += Math.max(0, end - done);
    }

    /**
     * Hands over all of them. Returns the offset after the last one before which none has
     * to be read again.
     */
    private long handOver(List<MessageExt> messages, long offset) {
        long next = offset;
        boolean all = true;
        for (MessageExt message : messages) {
            boolean over = handOver(message);
            all = all && over;
            if (all) {
                next = message.getQueueOffset() + 1;
            }
        }
        return next;
    }

    /** Whether the message need not be read again. */
    private boolean handOver(MessageExt message) {
        this.budget--;
        ParkingResult result;
        try {
            result = this.sink.apply(message);
        }
        catch (DeadLetterStoreException | IdempotencyStoreException ex) {
            if (!(ex instanceof UnstorableLetterException)) {
                throw ex;
            }
            refused(message, ex);
            return true;
        }
        catch (RuntimeException ex) {
            refused(message, ex);
            return true;
        }
        if (result == ParkingResult.IN_PROGRESS) {
            return false;
        }
        if (result == ParkingResult.PARKED) {
            this.stored++;
        }
        else {
            this.known++;
        }
        return true;
    }

    /** It stays in the topic; reading it again would end the same way. */
    private void refused(MessageExt message, RuntimeException failure) {
        logger.error(
                "Message {} of {}, at broker {}, queue {}, offset {}, cannot be stored as a dead letter: it stays"
                        + " there",
                message.getMsgId(), message.getTopic(), message.getBrokerName(), message.getQueueId(),
                message.getQueueOffset(), failure);
        this.failed.put(String.valueOf(message.getMsgId()), "At broker " + message.getBrokerName() + ", queue "
                + message.getQueueId() + ", offset " + message.getQueueOffset() + ": " + failure.getMessage());
    }

    private static long committed(DefaultMQPullConsumer reader, MessageQueue queue) throws Exception {
        long offset = reader.fetchConsumeOffset(queue, true);
        if (offset < NO_OFFSET) {
            throw new ReliableMQException("The broker did not say how far " + queue.getTopic() + " was drained.");
        }
        return offset;
    }

}

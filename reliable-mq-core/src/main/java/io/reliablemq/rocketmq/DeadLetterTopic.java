package io.reliablemq.rocketmq;

import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.DrainReport;
import io.reliablemq.deadletter.ParkingResult;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Reads the {@code %DLQ%} topic of one group, as a consumer group of its own. Each
 * queue's offset is stored at the broker after its messages were handed over; a crash
 * between hands them over again.
 */
@SuppressWarnings("deprecation")
final class DeadLetterTopic {

    /** One for all topics: offsets are kept per topic. */
    static final String READER = "reliable-mq-dead-letter-drain";

    private static final int PAGE = 32;

    private static final long NO_OFFSET = -1;

    private final DefaultMQPushConsumer consumer;

    private final String group;

    private final Function<MessageExt, ParkingResult> sink;

    private int budget;

    private int stored;

    private int known;

    private long left;

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
            return new DrainReport(this.group, this.stored, this.known, this.left);
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
        while (offset < end && this.budget > 0) {
            PullResult page = reader.pull(queue, "*", offset, Math.min(PAGE, this.budget));
            if (page.getPullStatus() == PullStatus.FOUND) {
                long next = handOver(page.getMsgFoundList(), offset);
                commit(reader, queue, next);
                boolean all = next >= page.getNextBeginOffset();
                offset = next;
                if (!all) {
                    break;
                }
            }
            else if (page.getNextBeginOffset() > offset) {
                offset = page.getNextBeginOffset();
            }
            else {
                break;
            }
        }
        this.left += Math.max(0, end - offset);
    }

    /** Returns the offset after the last message that need not be read again. */
    private long handOver(List<MessageExt> messages, long offset) {
        long next = offset;
        for (MessageExt message : messages) {
            ParkingResult result = this.sink.apply(message);
            if (result == ParkingResult.IN_PROGRESS) {
                return next;
            }
            if (result == ParkingResult.PARKED) {
                this.stored++;
            }
            else {
                this.known++;
            }
            this.budget--;
            next = message.getQueueOffset() + 1;
        }
        return next;
    }

    private static long committed(DefaultMQPullConsumer reader, MessageQueue queue) throws Exception {
        long offset = reader.fetchConsumeOffset(queue, true);
        if (offset < NO_OFFSET) {
            throw new ReliableMQException("The broker did not say how far " + queue.getTopic() + " was drained.");
        }
        return offset;
    }

    private static void commit(DefaultMQPullConsumer reader, MessageQueue queue, long offset) throws Exception {
        reader.getDefaultMQPullConsumerImpl().getOffsetStore().updateConsumeOffsetToBroker(queue, offset, false);
    }

}

package io.reliablemq.rocketmq.backlog;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.reliablemq.backlog.LagAccuracy;
import io.reliablemq.backlog.QueueReading;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.body.ConsumeQueueData;
import org.apache.rocketmq.remoting.protocol.body.QueueTimeSpan;
import org.jspecify.annotations.Nullable;

/**
 * Finds out, for the queues of one topic on one broker, how many of the messages that
 * wait are for the group, and how old the first of them is. Asks only where messages
 * wait.
 */
final class QueueReader {

    /** Tags looked at per queue and poll. */
    private static final int SAMPLE = 256;

    /** An age beyond this is that of no message. */
    private static final long IMPOSSIBLE_MILLIS = Duration.ofDays(10_000).toMillis();

    private final BacklogChannel channel;

    private final TopicBrokers.Master master;

    private final String address;

    private final String group;

    private final String topic;

    private final TagFilter filter;

    private final Clock clock;

    QueueReader(BacklogChannel channel, TopicBrokers.Master master, String address, String group, String topic,
            TagFilter filter, Clock clock) {
        this.channel = channel;
        this.master = master;
        this.address = address;
        this.group = group;
        this.topic = topic;
        this.filter = filter;
        this.clock = clock;
    }

    List<QueueReading> complete(List<QueueReading> queues) throws Exception {
        Map<Integer, QueueTimeSpan> times = queues.stream().anyMatch((queue) -> queue.behind() > 0) ? times()
                : Map.of();
        List<QueueReading> read = new ArrayList<>();
        for (QueueReading queue : queues) {
            read.add((queue.behind() > 0) ? complete(queue, times.get(queue.queueId())) : queue);
        }
        return read;
    }

    private QueueReading complete(QueueReading queue, @Nullable QueueTimeSpan times) throws Exception {
        if (!this.filter.filters()) {
            return queue.withAge(age(queue, queue.next(), times));
        }
        if (!this.filter.countable()) {
            return queue.withMatching(queue.behind(), LagAccuracy.UPPER_BOUND).withAge(age(queue, queue.next(), times));
        }
        Sample sample = sample(queue);
        QueueReading counted = sample.count(queue);
        if (counted.matching() == 0) {
            return counted;
        }
        long first = (sample.first() >= 0) ? queue.next() + sample.first() : queue.next();
        return counted.withAge(age(queue, first, times));
    }

    private Map<Integer, QueueTimeSpan> times() throws Exception {
        try {
            return this.channel.times(this.address, this.group, this.topic);
        }
        catch (MQBrokerException ex) {
            // Not allowed, or not known to this broker: the messages themselves tell.
            return Map.of();
        }
    }

    /** The broker knows the age of the message at the committed offset. */
    private Duration age(QueueReading queue, long offset, @Nullable QueueTimeSpan times) throws Exception {
        if (times != null && offset == queue.committed() && times.getDelayTime() < IMPOSSIBLE_MILLIS) {
            return Duration.ofMillis(Math.max(0, times.getDelayTime()));
        }
        if (times != null && offset == queue.minOffset() && times.getMinTimeStamp() > 0) {
            return since(times.getMinTimeStamp());
        }
        MessageExt message = this.channel.first(this.address,
                new MessageQueue(this.topic, this.master.broker(), queue.queueId()), offset, this.filter.expression());
        return (message != null) ? since(message.getStoreTimestamp()) : Duration.ZERO;
    }

    private Duration since(long storedAt) {
        return Duration.ofMillis(Math.max(0, this.clock.millis() - storedAt));
    }

    private Sample sample(QueueReading queue) throws Exception {
        int number = (int) Math.min(SAMPLE, queue.behind());
        List<ConsumeQueueData> tags;
        try {
            tags = this.channel.tags(this.address, this.topic, queue.queueId(), queue.next(), number);
        }
        catch (MQBrokerException | MQClientException ex) {
            return new Sample(0, 0, -1);
        }
        int matching = 0;
        int first = -1;
        int size = Math.min(number, tags.size());
        for (int i = 0; i < size; i++) {
            ConsumeQueueData message = tags.get(i);
            // Where there is more than the hash, it may be hidden in it.
            if (message.getExtendDataJson() != null || message.getMsg() != null
                    || this.filter.codes().contains((int) message.getTagsCode())) {
                matching++;
                first = (first < 0) ? i : first;
            }
        }
        return new Sample(size, matching, first);
    }

    /** The oldest messages of a queue: how many, how many of them are for the group. */
    private record Sample(int size, int matching, int first) {

        QueueReading count(QueueReading queue) {
            long behind = queue.behind();
            if (this.size >= behind) {
                return queue.withMatching(this.matching, LagAccuracy.EXACT);
            }
            if (this.matching == 0) {
                return queue.withMatching(behind - this.size, LagAccuracy.UPPER_BOUND);
            }
            return queue.withMatching(Math.round((double) behind * this.matching / this.size), LagAccuracy.ESTIMATED);
        }

    }

}

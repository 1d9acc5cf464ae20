package io.reliablemq.rocketmq.delivery;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.rocketmq.Marks;
import org.apache.rocketmq.common.message.MessageExt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts and reports messages with headers of this library that were made for another
 * message.
 */
final class ForeignMarks {

    private static final Logger logger = LoggerFactory.getLogger(ForeignMarks.class);

    private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

    private final Counter counter;

    private final String group;

    private final AtomicLong logged = new AtomicLong(System.nanoTime() - PAUSE);

    ForeignMarks(MeterRegistry registry, String group, String topic) {
        this.group = group;
        this.counter = Counter.builder("reliable.mq.marks.ignored")
            .description("Messages with RELIABLE_ headers that were made for another message")
            .tag("group", group)
            .tag("topic", topic)
            .register(registry);
    }

    void check(MessageExt message) {
        if (!Marks.areForeign(message)) {
            return;
        }
        this.counter.increment();
        long last = this.logged.get();
        long now = System.nanoTime();
        if (now - last >= PAUSE && this.logged.compareAndSet(last, now)) {
            logger.warn(
                    "Message {} of topic {} for {} carries RELIABLE_ headers that were made for another message; they are"
                            + " ignored, and it counts as a new message. Whoever sends it copies all headers of a message"
                            + " that it has received: leave those that begin with RELIABLE_ out. Said once a minute;"
                            + " reliable.mq.marks.ignored counts all.",
                    message.getMsgId(), message.getTopic(), this.group);
        }
    }

}

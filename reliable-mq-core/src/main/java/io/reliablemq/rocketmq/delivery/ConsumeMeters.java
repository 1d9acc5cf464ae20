package io.reliablemq.rocketmq.delivery;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * The timer {@code reliable.mq.consume} of one listener, per outcome, and how many of its
 * messages carry marks that were made for others.
 */
final class ConsumeMeters {

    private final MeterRegistry registry;

    private final String group;

    private final String topic;

    private final ForeignMarks foreignMarks;

    private final Map<DeliveryResult.Outcome, Timer> timers = new ConcurrentHashMap<>();

    ConsumeMeters(MeterRegistry registry, String group, String topic) {
        this.registry = registry;
        this.group = group;
        this.topic = topic;
        this.foreignMarks = new ForeignMarks(registry, group, topic);
        // A registry that is being closed registers nothing any more.
        this.timers.put(DeliveryResult.Outcome.PROCESSED, timer(DeliveryResult.Outcome.PROCESSED));
    }

    void record(DeliveryResult.Outcome outcome, long nanos) {
        this.timers.computeIfAbsent(outcome, this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** Once per delivery. */
    void checkMarks(MessageExt message) {
        this.foreignMarks.check(message);
    }

    private Timer timer(DeliveryResult.Outcome outcome) {
        return Timer.builder("reliable.mq.consume")
            .description("Deliveries to a listener by what became of them")
            .tag("group", this.group)
            .tag("topic", this.topic)
            .tag("outcome", outcome.tag())
            .register(this.registry);
    }

}

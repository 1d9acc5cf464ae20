package io.reliablemq.rocketmq;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * The timer {@code reliable.mq.consume} of one listener, per outcome.
 */
final class ConsumeMeters {

    private final MeterRegistry registry;

    private final String group;

    private final String topic;

    private final Map<Verdict.Outcome, Timer> timers = new ConcurrentHashMap<>();

    ConsumeMeters(MeterRegistry registry, String group, String topic) {
        this.registry = registry;
        this.group = group;
        this.topic = topic;
        // A registry that is being closed registers nothing any more.
        this.timers.put(Verdict.Outcome.PROCESSED, timer(Verdict.Outcome.PROCESSED));
    }

    void record(Verdict.Outcome outcome, long nanos) {
        this.timers.computeIfAbsent(outcome, this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Verdict.Outcome outcome) {
        return Timer.builder("reliable.mq.consume")
            .description("Deliveries to a listener by what became of them")
            .tag("group", this.group)
            .tag("topic", this.topic)
            .tag("outcome", outcome.tag())
            .register(this.registry);
    }

}

package io.reliablemq.producer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * Times sends as {@code reliable.mq.send}.
 */
class SendMeters {

    private final MeterRegistry registry;

    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

    SendMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void record(String topic, String outcome, long nanos) {
        this.timers.computeIfAbsent(new Key(topic, outcome), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Key key) {
        return Timer.builder("reliable.mq.send")
            .description("Time from the call of send to its outcome")
            .tag("topic", key.topic())
            .tag("outcome", key.outcome())
            .register(this.registry);
    }

    private record Key(String topic, String outcome) {
    }

}

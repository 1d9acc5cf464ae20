package io.reliablemq.producer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The timer of sends, {@code reliable.mq.send}.
 */
class SendMeters {

    private static final Logger logger = LoggerFactory.getLogger(SendMeters.class);

    private final MeterRegistry registry;

    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

    SendMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Throws nothing: the sender is to learn what came of its message. */
    void record(String topic, String outcome, long nanos) {
        try {
            this.timers.computeIfAbsent(new Key(topic, outcome), this::timer).record(nanos, TimeUnit.NANOSECONDS);
        }
        catch (RuntimeException | Error ex) {
            logger.warn("The send to {} could not be measured; what came of the message is not affected", topic, ex);
        }
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

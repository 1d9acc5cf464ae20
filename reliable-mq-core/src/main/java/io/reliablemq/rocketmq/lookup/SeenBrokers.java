package io.reliablemq.rocketmq.lookup;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Brokers that were seen to have topics, by topic. Those that were not seen for longer
 * than brokers keep messages are forgotten, so that one that was removed is.
 */
final class SeenBrokers {

    private static final long KEPT_NANOS = TimeUnit.DAYS.toNanos(7);

    private final Map<String, Map<String, Long>> seen = new ConcurrentHashMap<>();

    void add(String topic, String broker) {
        this.seen.computeIfAbsent(topic, (name) -> new ConcurrentHashMap<>()).put(broker, System.nanoTime());
    }

    Set<String> of(Collection<String> topics) {
        long now = System.nanoTime();
        Set<String> brokers = new TreeSet<>();
        for (String topic : topics) {
            this.seen.getOrDefault(topic, Map.of()).forEach((broker, at) -> {
                if (now - at < KEPT_NANOS) {
                    brokers.add(broker);
                }
            });
        }
        return brokers;
    }

}

package io.reliablemq.outbox;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import io.reliablemq.producer.SendTarget;
import org.jspecify.annotations.Nullable;

/**
 * Topics that nothing could be sent to are left alone for a while, longer each time, so
 * that an outage costs a probe now and then and the messages of other topics flow.
 */
final class DestinationPauses {

    private static final Duration FIRST = Duration.ofMillis(500);

    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final Map<Destination, Pause> pauses = new ConcurrentHashMap<>();

    Set<Destination> paused(long now) {
        return this.pauses.entrySet()
            .stream()
            .filter((each) -> each.getValue().until() - now > 0)
            .map(Map.Entry::getKey)
            .collect(Collectors.toUnmodifiableSet());
    }

    /** The queue that failed last, so that another one can be tried. */
    @Nullable SendTarget lastFailed(Destination destination) {
        Pause pause = this.pauses.get(destination);
        return (pause != null) ? pause.target() : null;
    }

    void failed(Destination destination, @Nullable SendTarget target, long now) {
        this.pauses.compute(destination, (key, pause) -> {
            if (pause != null && pause.until() - now > 0) {
                // Others that were under way fail as well: that is one failure.
                return pause;
            }
            Duration length = (pause != null) ? pause.length().multipliedBy(2) : FIRST;
            Duration bounded = (length.compareTo(LONGEST) > 0) ? LONGEST : length;
            return new Pause(now + bounded.toNanos(), bounded, target);
        });
    }

    void succeeded(Destination destination) {
        this.pauses.remove(destination);
    }

    private record Pause(long until, Duration length, @Nullable SendTarget target) {
    }

}

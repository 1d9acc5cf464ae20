package io.reliablemq.outbox;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.reliablemq.producer.SendTarget;
import org.jspecify.annotations.Nullable;

/**
 * Topics that nothing could be sent to are left alone for a while, longer each time, so
 * that an outage costs a probe now and then and the messages of other topics flow. The
 * same for the keys of a topic that go to one broker.
 */
final class DestinationPauses {

    private static final Duration FIRST = Duration.ofMillis(500);

    private static final Duration LONGEST = Duration.ofSeconds(5);

    /** Another broker is preferred for so long, also while it takes messages. */
    private static final long AVOIDED = TimeUnit.SECONDS.toNanos(30);

    private final Map<Lane, Pause> pauses = new ConcurrentHashMap<>();

    private final Map<Lane, Failure> failures = new ConcurrentHashMap<>();

    /** Topics that are left alone, whatever the broker. */
    Set<ClusterTopic> paused(long now) {
        return this.pauses.entrySet()
            .stream()
            .filter((each) -> each.getKey().broker() == null && each.getValue().until() - now > 0)
            .map((each) -> each.getKey().destination())
            .collect(Collectors.toUnmodifiableSet());
    }

    boolean isPaused(Lane lane, long now) {
        Pause pause = this.pauses.get(lane);
        return pause != null && pause.until() - now > 0;
    }

    /** The queue that failed last, so that another one can be tried. */
    @Nullable SendTarget lastFailed(Lane lane, long now) {
        Failure failure = this.failures.get(lane);
        return (failure != null && now - failure.at() < AVOIDED) ? failure.target() : null;
    }

    void failed(Lane lane, @Nullable SendTarget target, long now) {
        if (target != null) {
            this.failures.put(lane, new Failure(target, now));
        }
        this.pauses.compute(lane, (key, pause) -> {
            if (pause != null && pause.until() - now > 0) {
                // Others that were under way fail as well: that is one failure.
                return pause;
            }
            Duration length = (pause != null) ? pause.length().multipliedBy(2) : FIRST;
            Duration bounded = (length.compareTo(LONGEST) > 0) ? LONGEST : length;
            return new Pause(now + bounded.toNanos(), bounded);
        });
    }

    void succeeded(Lane lane) {
        this.pauses.remove(lane);
    }

    private record Pause(long until, Duration length) {
    }

    private record Failure(SendTarget target, long at) {
    }

}

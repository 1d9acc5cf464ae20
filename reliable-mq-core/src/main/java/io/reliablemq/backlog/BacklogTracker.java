package io.reliablemq.backlog;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Makes backlogs out of readings: what arrived and was consumed since earlier ones, and
 * which queues stand still. Remembers the readings of the last minute. For one thread.
 */
@Internal
public final class BacklogTracker {

    private final BacklogOptions options;

    private final Map<Key, TopicHistory> histories = new HashMap<>();

    /**
     * Creates a tracker that remembers nothing.
     * @param options what is called slow or stalled
     */
    public BacklogTracker(BacklogOptions options) {
        this.options = options;
    }

    /**
     * Compares a reading with the earlier ones.
     * @param reading what the brokers said
     * @param nanos when, in the JVM's nanosecond time
     * @return the backlog
     */
    public GroupBacklog assess(TopicReading reading, long nanos) {
        TopicHistory history = this.histories.computeIfAbsent(
                new Key(reading.cluster(), reading.group(), reading.topic()), (key) -> new TopicHistory(this.options));
        Map<QueueReading, Duration> frozen = history.frozen(reading.queues(), nanos);
        FlowRates rates = history.rates(reading.queues(), nanos);
        return assess(reading, frozen, rates);
    }

    /**
     * Forgets topics that are not watched any more.
     * @param groups the groups that are
     */
    public void retain(Collection<String> groups) {
        Set<String> kept = Set.copyOf(groups);
        this.histories.keySet().removeIf((key) -> !kept.contains(key.group()));
    }

    private GroupBacklog assess(TopicReading reading, Map<QueueReading, Duration> frozen, @Nullable FlowRates rates) {
        List<QueueBacklog> queues = new ArrayList<>();
        long messages = 0;
        long behind = 0;
        Duration age = Duration.ZERO;
        LagAccuracy accuracy = LagAccuracy.EXACT;
        for (QueueReading queue : reading.queues()) {
            queues.add(backlog(queue, frozen.getOrDefault(queue, Duration.ZERO), reading.consumers()));
            messages += queue.matching();
            behind += queue.behind();
            accuracy = accuracy.worse(queue.accuracy());
            age = longer(age, queue.age());
        }
        Duration longest = frozen.values().stream().reduce(Duration.ZERO, BacklogTracker::longer);
        BacklogState state = state(reading, messages, age, longest);
        Duration stalledFor = (state == BacklogState.STALLED || state == BacklogState.NEVER_CONSUMED) ? longest
                : Duration.ZERO;
        return new GroupBacklog(reading.group(), reading.topic(), messages, age, state, accuracy,
                queues.stream().mapToLong(QueueBacklog::inFlight).sum(), rates, timeToDrain(behind, messages, rates),
                skew(queues, messages), queues.stream().mapToLong(QueueBacklog::lost).sum(),
                expiresIn(reading.retention(), messages, age), stalledFor, reading.consumers(),
                Math.max(0, reading.consumers() - queues.size()), queues, reading.cluster());
    }

    private QueueBacklog backlog(QueueReading queue, Duration frozenFor, int consumers) {
        long inFlight = (consumers > 0) ? Math.min(queue.inFlight(), queue.behind()) : 0;
        return new QueueBacklog(queue.broker(), queue.queueId(), queue.matching(), inFlight, queue.age(),
                queue.minOffset(), queue.maxOffset(), queue.committed(), queue.lost(), frozenFor, isStalled(frozenFor),
                null);
    }

    private BacklogState state(TopicReading reading, long messages, Duration age, Duration frozen) {
        boolean never = messages > 0
                && reading.queues().stream().allMatch((queue) -> queue.committed() == QueueReading.NEVER);
        if (isStalled(frozen) && !(never && reading.consumers() == 0)) {
            return BacklogState.STALLED;
        }
        if (never) {
            return BacklogState.NEVER_CONSUMED;
        }
        return (messages > 0 && age.compareTo(this.options.slowAfter()) >= 0) ? BacklogState.SLOW
                : BacklogState.HEALTHY;
    }

    private boolean isStalled(Duration frozen) {
        return !frozen.isZero() && frozen.compareTo(this.options.stalledAfter()) >= 0;
    }

    private static @Nullable Duration timeToDrain(long behind, long messages, @Nullable FlowRates rates) {
        if (messages == 0) {
            return Duration.ZERO;
        }
        if (rates == null || rates.consumption() <= rates.arrival()) {
            return null;
        }
        double seconds = behind / (rates.consumption() - rates.arrival());
        return Duration.ofMillis((long) Math.min(seconds * 1000, Long.MAX_VALUE / 2.0));
    }

    private static double skew(List<QueueBacklog> queues, long messages) {
        long fullest = queues.stream().mapToLong(QueueBacklog::messages).max().orElse(0);
        return (messages > 0) ? (double) fullest * queues.size() / messages : 1;
    }

    private static @Nullable Duration expiresIn(@Nullable Duration retention, long messages, Duration age) {
        return (retention != null && messages > 0) ? longer(Duration.ZERO, retention.minus(age)) : null;
    }

    private static Duration longer(Duration one, Duration other) {
        return (one.compareTo(other) >= 0) ? one : other;
    }

    /** Names of what is remembered, for tests. */
    Set<String> remembered() {
        return this.histories.keySet().stream().map(Key::topic).collect(Collectors.toSet());
    }

    /** A topic of a group. */
    private record Key(String cluster, String group, String topic) {
    }

}

package io.reliablemq.backlog;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Earlier readings of one topic of one group.
 */
final class TopicHistory {

    private static final int POLLS = 4;

    /** Offsets are committed every five seconds: shorter windows jump. */
    private static final long SHORTEST_WINDOW = TimeUnit.SECONDS.toNanos(30);

    private static final long SHORTEST_STEP = TimeUnit.SECONDS.toNanos(1);

    private final long window;

    private final long step;

    private final Deque<Sample> samples = new ArrayDeque<>();

    private final Map<String, Standstill> standstills = new HashMap<>();

    TopicHistory(BacklogOptions options) {
        long poll = options.poll().toNanos();
        this.window = Math.max(SHORTEST_WINDOW, POLLS * poll);
        this.step = Math.min(SHORTEST_STEP, poll / 2);
    }

    /** How long each queue has stood still while messages waited. */
    Map<QueueReading, Duration> frozen(List<QueueReading> queues, long nanos) {
        Map<QueueReading, Duration> frozen = new LinkedHashMap<>();
        for (QueueReading queue : queues) {
            String name = name(queue);
            if (queue.matching() == 0) {
                this.standstills.remove(name);
                continue;
            }
            Standstill known = this.standstills.get(name);
            if (known == null || known.committed() != queue.committed()) {
                this.standstills.put(name, new Standstill(queue.committed(), nanos));
            }
            else {
                frozen.put(queue, Duration.ofNanos(nanos - known.since()));
            }
        }
        return frozen;
    }

    /** {@code null} without an earlier reading. */
    @Nullable FlowRates rates(List<QueueReading> queues, long nanos) {
        while (this.samples.size() > 1 && nanos - this.samples.getFirst().nanos() > this.window) {
            this.samples.removeFirst();
        }
        Sample first = this.samples.peekFirst();
        FlowRates rates = (first != null && nanos - first.nanos() >= this.step) ? rates(first, queues, nanos) : null;
        if (first == null || nanos - this.samples.getLast().nanos() >= this.step) {
            this.samples.addLast(Sample.of(queues, nanos));
        }
        return rates;
    }

    /**
     * Offsets that were set back, and queues that are new, count as if nothing had
     * happened.
     */
    private static FlowRates rates(Sample first, List<QueueReading> queues, long nanos) {
        long arrived = 0;
        long consumed = 0;
        for (QueueReading queue : queues) {
            QueueReading before = first.queues().get(name(queue));
            if (before == null) {
                continue;
            }
            arrived += Math.max(0, queue.maxOffset() - before.maxOffset());
            if (before.committed() != QueueReading.NEVER && queue.committed() != QueueReading.NEVER) {
                consumed += Math.max(0, queue.committed() - before.committed());
            }
        }
        double seconds = (nanos - first.nanos()) / 1e9;
        return new FlowRates(arrived / seconds, consumed / seconds);
    }

    private static String name(QueueReading queue) {
        return queue.broker() + ":" + queue.queueId();
    }

    /** An offset at which messages wait. */
    private record Standstill(long committed, long since) {
    }

    /** An earlier reading. */
    private record Sample(long nanos, Map<String, QueueReading> queues) {

        static Sample of(List<QueueReading> queues, long nanos) {
            Map<String, QueueReading> byName = new HashMap<>();
            queues.forEach((queue) -> byName.put(name(queue), queue));
            return new Sample(nanos, byName);
        }

    }

}

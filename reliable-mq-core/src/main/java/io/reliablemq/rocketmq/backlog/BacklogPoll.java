package io.reliablemq.rocketmq.backlog;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.reliablemq.backlog.BacklogOptions;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.BacklogTracker;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.QueueReading;
import io.reliablemq.backlog.TopicReading;
import io.reliablemq.backlog.WatchedGroup;
import org.jspecify.annotations.Nullable;

/**
 * Asks the brokers about all groups, several at a time. One poll at a time, and none
 * longer than about ten seconds.
 */
final class BacklogPoll {

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What a question may take that was asked in time. */
    private static final long MARGIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long ROUTE_AGE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final BacklogTargets targets;

    private final TopicBrokers brokers;

    private final BrokerSnapshot facts = new BrokerSnapshot();

    private final StalledMessages heads = new StalledMessages();

    private final StoreReader store;

    private final BacklogTracker tracker;

    private final ExecutorService workers;

    private final Clock clock;

    BacklogPoll(BacklogTargets targets, StoreReader store, BacklogOptions options, ExecutorService workers,
            Clock clock) {
        this.targets = targets;
        this.store = store;
        this.brokers = new TopicBrokers(Math.min(ROUTE_AGE_NANOS, options.poll().toNanos()));
        this.tracker = new BacklogTracker(options);
        this.workers = workers;
        this.clock = clock;
    }

    BacklogSnapshot run() throws InterruptedException {
        Instant at = this.clock.instant();
        long began = System.nanoTime();
        BacklogQuestions questions = new BacklogQuestions(began + LONGEST_NANOS);
        this.facts.begin();
        this.heads.begin();
        List<BacklogTarget> asked = this.targets.list(this.store.subscriptions(), questions);
        List<String> groups = asked.stream().map(BacklogTarget::group).distinct().toList();
        this.store.begin(groups, this.targets.needsDirectory());
        Map<BacklogTarget, @Nullable GroupReading> readings = read(asked, questions, began);
        List<GroupBacklog> backlogs = new ArrayList<>();
        for (GroupReading reading : readings.values()) {
            for (TopicReading topic : (reading != null) ? reading.topics() : List.<TopicReading>of()) {
                GroupBacklog backlog = this.tracker.assess(topic, System.nanoTime());
                backlogs.add((reading != null) ? this.heads.withHeads(backlog, reading, questions) : backlog);
            }
        }
        this.tracker.retain(groups);
        List<WatchedGroup> watched = watched(readings, this.store.counts(questions));
        return new BacklogSnapshot(at, backlogs, List.copyOf(questions.problems()),
                Duration.ofNanos(System.nanoTime() - began), watched, questions.asked());
    }

    private Map<BacklogTarget, @Nullable GroupReading> read(List<BacklogTarget> asked, BacklogQuestions questions,
            long began) throws InterruptedException {
        Map<BacklogTarget, Future<GroupReading>> running = new LinkedHashMap<>();
        for (BacklogTarget target : asked) {
            running.put(target, this.workers
                .submit(() -> new GroupReader(target, questions, this.brokers, this.facts, this.clock).read()));
        }
        Map<BacklogTarget, @Nullable GroupReading> readings = new LinkedHashMap<>();
        try {
            for (Map.Entry<BacklogTarget, Future<GroupReading>> each : running.entrySet()) {
                readings.put(each.getKey(), await(each.getKey(), each.getValue(), questions, began));
            }
        }
        finally {
            running.values().forEach((future) -> future.cancel(true));
        }
        return readings;
    }

    private static @Nullable GroupReading await(BacklogTarget target, Future<GroupReading> future,
            BacklogQuestions questions, long began) throws InterruptedException {
        try {
            long left = began + LONGEST_NANOS + MARGIN_NANOS - System.nanoTime();
            return future.get(Math.max(0, left), TimeUnit.NANOSECONDS);
        }
        catch (ExecutionException ex) {
            questions.problem("Group " + target.group(), (ex.getCause() instanceof Exception cause) ? cause : ex);
        }
        catch (TimeoutException ex) {
            questions.problem("Group " + target.group() + " could not be read in time");
        }
        return null;
    }

    private static List<WatchedGroup> watched(Map<BacklogTarget, @Nullable GroupReading> readings,
            Map<String, BacklogRecords.Counts> counts) {
        Map<String, WatchedGroup> watched = new LinkedHashMap<>();
        readings.forEach((target, reading) -> {
            if (reading != null) {
                watched.merge(target.group(), watched(reading), WatchedGroup::and);
            }
        });
        return watched.values().stream().map((group) -> group.with(counts.get(group.group()))).toList();
    }

    private static WatchedGroup watched(GroupReading reading) {
        TopicReading retry = reading.retry();
        Long retries = (retry != null) ? retry.queues().stream().mapToLong(QueueReading::behind).sum() : null;
        Duration age = (retry != null) ? retry.queues()
            .stream()
            .map(QueueReading::age)
            .reduce(Duration.ZERO, (one, other) -> (one.compareTo(other) > 0) ? one : other) : Duration.ZERO;
        return new WatchedGroup(reading.target().group(), reading.target().own(), reading.complete(),
                reading.consumers(), reading.target().pausedBy(), retries, age, null, reading.deadLetters(), null);
    }

}

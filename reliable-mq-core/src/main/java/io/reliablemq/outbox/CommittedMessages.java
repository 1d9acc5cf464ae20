package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Messages that were just committed by this instance, sent in batches as they come. Each
 * topic has a line and a few threads of its own, so that one that hangs keeps no other
 * waiting. What does not fit, and what waits for a topic that hangs or fails, is the
 * relay's.
 */
final class CommittedMessages {

    private static final int MOST_THREADS = 64;

    private final Map<ClusterTopic, CommittedLine> lines = new ConcurrentHashMap<>();

    private final HeldMessages held = new HeldMessages();

    private final LaneConcurrency places;

    private final DestinationPauses pauses;

    private final BiConsumer<List<OutboxEntry>, LaneConcurrency.Place> send;

    private final Consumer<List<OutboxEntry>> giveBack;

    private volatile @Nullable ThreadPoolExecutor threads;

    /**
     * Creates lines that are closed.
     * @param places who may send
     * @param pauses topics that are left alone
     * @param send sends messages of one topic and writes what came of each
     * @param giveBack takes messages that were not tried
     */
    CommittedMessages(LaneConcurrency places, DestinationPauses pauses,
            BiConsumer<List<OutboxEntry>, LaneConcurrency.Place> send, Consumer<List<OutboxEntry>> giveBack) {
        this.places = places;
        this.pauses = pauses;
        this.send = send;
        this.giveBack = giveBack;
    }

    void start() {
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(0, MOST_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
                (task) -> {
                    Thread thread = new Thread(task, "reliable-mq-outbox-commit-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Takes what fits, without waiting.
     * @return what is not taken
     */
    List<OutboxEntry> offer(List<OutboxEntry> entries) {
        ThreadPoolExecutor pool = this.threads;
        if (pool == null || pool.isShutdown()) {
            return entries;
        }
        Map<ClusterTopic, List<OutboxEntry>> groups = new LinkedHashMap<>();
        entries.forEach((entry) -> groups.computeIfAbsent(entry.destination(), (key) -> new ArrayList<>()).add(entry));
        List<OutboxEntry> refused = new ArrayList<>();
        groups.forEach((destination, group) -> refused
            .addAll(this.lines.computeIfAbsent(destination, this::line).offer(group, pool)));
        return refused;
    }

    private CommittedLine line(ClusterTopic destination) {
        Lane lane = new Lane(destination, null);
        return new CommittedLine(this.held, () -> this.places.enter(lane),
                () -> this.pauses.isPaused(lane, System.nanoTime()) || this.places.isSlow(lane), this.send,
                this.giveBack);
    }

    /**
     * Takes nothing more and sends what waits, up to a time.
     * @return what was not sent
     */
    List<OutboxEntry> stop(long deadline) {
        ThreadPoolExecutor pool = this.threads;
        if (pool != null) {
            pool.shutdown();
            try {
                if (!pool.awaitTermination(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    pool.shutdownNow();
                }
            }
            catch (InterruptedException ex) {
                pool.shutdownNow();
                Thread.currentThread().interrupt();
            }
        }
        List<OutboxEntry> left = new ArrayList<>();
        this.lines.values().forEach((line) -> left.addAll(line.takeAll()));
        this.held.release(left);
        return left;
    }

}

package io.reliablemq.outbox;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread pool of the relay. A number for ordering keys and as many for all else;
 * whoever waits unusually long for an answer is not counted, so that a topic that hangs
 * takes no thread from the others.
 */
final class RelayWorkers {

    private static final Logger logger = LoggerFactory.getLogger(RelayWorkers.class);

    /** More topics than that do not hang at once. */
    private static final int HANGING = 64;

    private final int most;

    private final Runnable ended;

    private final Set<LaneConcurrency.Place> withKeys = ConcurrentHashMap.newKeySet();

    private final Set<LaneConcurrency.Place> others = ConcurrentHashMap.newKeySet();

    private volatile @Nullable ThreadPoolExecutor pool;

    /**
     * Creates workers that don't run yet.
     * @param most most threads of each kind at a time
     * @param ended called when one has ended
     */
    RelayWorkers(int most, Runnable ended) {
        this.most = most;
        this.ended = ended;
    }

    void start() {
        this.pool = new ThreadPoolExecutor(0, 2 * this.most + HANGING, 30, TimeUnit.SECONDS, new SynchronousQueue<>(),
                (task) -> {
                    Thread thread = new Thread(task, "reliable-mq-outbox-relay");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    boolean hasRoom() {
        return hasRoom(this.others);
    }

    boolean hasRoomForKeys() {
        return hasRoom(this.withKeys);
    }

    private boolean hasRoom(Set<LaneConcurrency.Place> kind) {
        long now = System.nanoTime();
        return kind.stream().filter((place) -> !place.isSlow(now)).count() < this.most;
    }

    /**
     * Begins a task and gives its place back when it has ended, whatever is thrown.
     * @param place where the task sends
     * @param task what to do
     * @param key whether it is that of an ordering key
     * @return {@code false} if it could not begin; its place is given back
     */
    boolean begin(LaneConcurrency.Place place, Runnable task, boolean key) {
        Set<LaneConcurrency.Place> kind = key ? this.withKeys : this.others;
        try {
            ThreadPoolExecutor running = this.pool;
            if (running != null && !running.isShutdown()) {
                kind.add(place);
                running.execute(() -> run(place, task, kind));
                return true;
            }
        }
        catch (Throwable ex) {
            logger.debug("No thread can be had to send from the outbox", ex);
        }
        kind.remove(place);
        place.leave();
        return false;
    }

    private void run(LaneConcurrency.Place place, Runnable task, Set<LaneConcurrency.Place> kind) {
        try {
            task.run();
        }
        catch (Throwable ex) {
            logger.warn("Sending from the outbox failed; it is tried again when the claim has run out", ex);
        }
        finally {
            kind.remove(place);
            place.leave();
            this.ended.run();
        }
    }

    /** Begins nothing more, and interrupts what is still under way at a time. */
    void stop(long deadline) {
        ThreadPoolExecutor running = this.pool;
        if (running == null) {
            return;
        }
        running.shutdown();
        try {
            if (running.awaitTermination(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                return;
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        running.shutdownNow();
    }

}

package io.reliablemq.listener;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.Internal;
import io.reliablemq.schedule.PeriodicTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes records and attempts that are older than the retention of their group, every
 * ten minutes, in small batches. Several instances may do so at once.
 */
@Internal
public final class RecordPurge implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(RecordPurge.class);

    private static final Duration PERIOD = Duration.ofMinutes(10);

    private static final int BATCH = 500;

    private final Map<String, Task> tasks = new ConcurrentHashMap<>();

    private final PeriodicTask task = PeriodicTask.of("reliable-mq-purge", PERIOD, PERIOD,
            "Records could not be purged", this::run);

    /**
     * Creates the purge and its daemon thread.
     */
    public RecordPurge() {
        this.task.start();
    }

    /**
     * Looks after a group from now on.
     * @param group consumer group
     * @param retention how long its records are kept
     * @param backend where they are
     */
    public void add(String group, Duration retention, StoreBackend backend) {
        this.tasks.putIfAbsent(group, new Task(group, retention, backend));
    }

    /**
     * Purges every group once. What fails is tried again in the next round.
     */
    public void run() {
        for (Task task : this.tasks.values()) {
            try {
                task.run();
            }
            catch (Throwable ex) {
                // One group's is not the others', and must not keep them from being
                // purged.
                logger.warn("Could not purge the records of consumer group '{}'; trying again in {}", task.group(),
                        PERIOD, ex);
            }
        }
    }

    @Override
    public void close() {
        this.task.close();
    }

    private record Task(String group, Duration retention, StoreBackend backend) {

        void run() {
            while (!Thread.currentThread().isInterrupted()
                    && this.backend.store().purge(this.group, this.retention, BATCH) == BATCH) {
                Thread.onSpinWait();
            }
            while (!Thread.currentThread().isInterrupted()
                    && this.backend.attempts().purge(this.group, this.retention, BATCH) == BATCH) {
                Thread.onSpinWait();
            }
        }

    }

}

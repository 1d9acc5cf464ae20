package io.reliablemq.rocketmq.backlog;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.reconcile.GroupSubscription;
import org.jspecify.annotations.Nullable;

/**
 * What stores know about the groups, read beside the brokers. A store that hangs delays a
 * poll for a moment only, and is not asked again before it has answered.
 */
final class StoreReader {

    private static final long PATIENCE_MILLIS = 3000;

    private final BacklogRecords records;

    private final Supplier<? extends Collection<GroupSubscription>> directory;

    private final ExecutorService executor;

    private @Nullable Future<Map<String, BacklogRecords.Counts>> counting;

    private volatile List<GroupSubscription> subscriptions = List.of();

    StoreReader(BacklogRecords records, Supplier<? extends Collection<GroupSubscription>> directory,
            ExecutorService executor) {
        this.records = records;
        this.directory = directory;
        this.executor = executor;
    }

    /** What the last reading found. */
    List<GroupSubscription> subscriptions() {
        return this.subscriptions;
    }

    void begin(Collection<String> groups, boolean withDirectory) {
        Future<?> running = this.counting;
        if (running != null && !running.isDone()) {
            return;
        }
        List<String> asked = List.copyOf(groups);
        this.counting = this.executor.submit(() -> {
            if (withDirectory) {
                this.subscriptions = List.copyOf(this.directory.get());
            }
            return this.records.count(asked);
        });
    }

    /** Empty if the store has not answered. */
    Map<String, BacklogRecords.Counts> counts(BacklogQuestions questions) throws InterruptedException {
        Future<Map<String, BacklogRecords.Counts>> running = this.counting;
        if (running == null) {
            return Map.of();
        }
        try {
            return running.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        }
        catch (ExecutionException ex) {
            questions.problem("Retries and dead letters in the store",
                    (ex.getCause() instanceof Exception cause) ? cause : ex);
        }
        catch (TimeoutException ex) {
            questions.problem("Retries and dead letters in the store could not be counted in time");
        }
        return Map.of();
    }

}

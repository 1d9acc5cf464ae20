package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

import io.reliablemq.ReliableMQException;
import io.reliablemq.reconcile.ReconcileSchedule.RunLock;
import net.javacrumbs.shedlock.core.DefaultLockingTaskExecutor;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.core.LockingTaskExecutor;
import net.javacrumbs.shedlock.support.KeepAliveLockProvider;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;

/**
 * A ShedLock lock. If the provider can extend it, it is extended while the task runs and
 * expires a minute after a crash; otherwise it lasts as long as a task may take.
 */
final class ShedLockRunLock implements RunLock, AutoCloseable {

    private static final Duration EXTENDED = Duration.ofMinutes(1);

    private static final Duration LONGEST = Duration.ofHours(4);

    private final Clock clock;

    private final ScheduledExecutorService extension = Executors.newSingleThreadScheduledExecutor((task) -> {
        Thread thread = new Thread(task, "reliable-mq-lock");
        thread.setDaemon(true);
        return thread;
    });

    private final LockingTaskExecutor executor;

    private final Duration atMost;

    ShedLockRunLock(LockProvider provider, Clock clock) {
        this.clock = clock;
        if (provider instanceof ExtensibleLockProvider extensible) {
            this.executor = new DefaultLockingTaskExecutor(new KeepAliveLockProvider(extensible, this.extension));
            this.atMost = EXTENDED;
        }
        else {
            this.executor = new DefaultLockingTaskExecutor(provider);
            this.atMost = LONGEST;
        }
    }

    @Override
    public void run(String name, Duration atLeast, Runnable task) {
        Duration most = (this.atMost.compareTo(atLeast) > 0) ? this.atMost : atLeast;
        try {
            this.executor.executeWithLock(task,
                    new LockConfiguration(this.clock.instant(), "reliable-mq-" + name, most, atLeast));
        }
        catch (ReliableMQException ex) {
            throw ex;
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException("The scheduled " + name + " has failed: " + ex.getMessage(), ex);
        }
    }

    @Override
    public void close() {
        this.extension.shutdownNow();
    }

}

package io.reliablemq.reconcile;

import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.function.Supplier;

import io.reliablemq.Internal;
import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.support.CronTrigger;

/**
 * The schedule of reconciliation: a short window at an interval, and the day before once
 * a day; each on one instance at a time.
 */
@Internal
public final class ReconcileSchedule implements SmartLifecycle {

    private static final Logger logger = LoggerFactory.getLogger(ReconcileSchedule.class);

    private static final Duration KEPT = Duration.ofDays(90);

    private final Reconciler reconciler;

    private final ReconcileRuns runs;

    private final RunLock lock;

    private final @Nullable Duration window;

    private final Duration interval;

    private final @Nullable String cron;

    private final Clock clock;

    private @Nullable ThreadPoolTaskScheduler scheduler;

    /**
     * Creates a schedule that does not run yet.
     * @param reconciler compares
     * @param runs where runs are remembered; old ones are deleted every day
     * @param lock makes sure that one instance runs at a time
     * @param window length of the short window, {@code null} for none
     * @param interval time between two of its runs
     * @param cron when the day before is compared, {@code null} for never
     * @param clock tells the time, and the zone in which days begin
     */
    public ReconcileSchedule(Reconciler reconciler, ReconcileRuns runs, RunLock lock, @Nullable Duration window,
            Duration interval, @Nullable String cron, Clock clock) {
        this.reconciler = reconciler;
        this.runs = runs;
        this.lock = lock;
        this.window = window;
        this.interval = interval;
        this.cron = cron;
        this.clock = clock;
    }

    /**
     * Compares the last messages that are not too young, unless another instance does.
     */
    public void runWindow() {
        Duration length = this.window;
        if (length != null) {
            run("reconcile-window", this.interval,
                    () -> Window.before(this.clock.instant().minus(this.reconciler.options().grace()), length));
        }
    }

    /**
     * Compares the day before, unless another instance does.
     */
    public void runDay() {
        run("reconcile-day", Duration.ofMinutes(1), () -> Window.dayBefore(this.clock.instant(), this.clock.getZone()));
    }

    private void run(String name, Duration atLeast, Supplier<Window> window) {
        try {
            this.lock.run(name, atLeast, () -> {
                this.reconciler.run(window.get());
                int unused = this.runs.purge(KEPT);
            });
        }
        catch (RuntimeException | Error ex) {
            logger.warn("Reconciliation failed; the next run compares again", ex);
        }
    }

    @Override
    public synchronized void start() {
        if (this.scheduler != null) {
            return;
        }
        ThreadPoolTaskScheduler started = new ThreadPoolTaskScheduler();
        started.setThreadNamePrefix("reliable-mq-reconcile-");
        started.setDaemon(true);
        started.setClock(this.clock);
        started.initialize();
        if (this.window != null) {
            var unused = started.scheduleWithFixedDelay(this::runWindow, this.clock.instant().plus(this.interval),
                    this.interval);
        }
        if (this.cron != null) {
            ZoneId zone = this.clock.getZone();
            var unused = started.schedule(this::runDay, new CronTrigger(this.cron, zone));
        }
        this.scheduler = started;
    }

    @Override
    public synchronized void stop() {
        if (this.scheduler != null) {
            this.scheduler.shutdown();
            this.scheduler = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return this.scheduler != null;
    }

    /** One instance at a time. */
    @FunctionalInterface
    public interface RunLock {

        /**
         * Runs a task unless another instance is running it, or has just done so.
         * @param name name of the task
         * @param atLeast for how long no other instance begins it again
         * @param task the task
         * @throws ReliableMQException if it is not known whether another instance runs it
         */
        void run(String name, Duration atLeast, Runnable task);

    }

}

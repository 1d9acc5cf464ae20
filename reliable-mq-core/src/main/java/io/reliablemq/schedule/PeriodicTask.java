package io.reliablemq.schedule;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task that a daemon thread of its own repeats until it is stopped. Whatever a run
 * throws, an Error or an interrupt included, the next one follows after the delay; that
 * is logged once until a run succeeds. Can be started again after it was stopped.
 */
public final class PeriodicTask implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(PeriodicTask.class);

    private final String name;

    private final Work work;

    private final String complaint;

    private final Duration first;

    private final Duration delay;

    private final Duration delayAfterFailure;

    private volatile @Nullable Thread thread;

    private PeriodicTask(String name, Work work, String complaint, Duration first, Duration delay,
            Duration delayAfterFailure) {
        this.name = name;
        this.work = work;
        this.complaint = complaint;
        this.first = first;
        this.delay = delay;
        this.delayAfterFailure = delayAfterFailure;
    }

    /**
     * Creates a task that does not run yet.
     * @param name name of the thread
     * @param first time before the first run
     * @param delay time between the end of a run and the next one
     * @param complaint what is wrong if a run fails, as the beginning of a sentence
     * @param work what a run does
     * @return the task
     */
    public static PeriodicTask of(String name, Duration first, Duration delay, String complaint, Work work) {
        return new PeriodicTask(name, work, complaint, first, delay, delay);
    }

    /**
     * Creates a task whose runs follow one another without a delay, because they wait by
     * themselves when there is nothing to do.
     * @param name name of the thread
     * @param delayAfterFailure time between a run that failed and the next one
     * @param complaint what is wrong if a run fails, as the beginning of a sentence
     * @param work what a run does
     * @return the task
     */
    public static PeriodicTask continuous(String name, Duration delayAfterFailure, String complaint, Work work) {
        return new PeriodicTask(name, work, complaint, Duration.ZERO, Duration.ZERO, delayAfterFailure);
    }

    /**
     * Starts the thread, unless the task is started already.
     */
    public synchronized void start() {
        if (this.thread == null) {
            Thread started = new Thread(this::run, this.name);
            started.setDaemon(true);
            this.thread = started;
            started.start();
        }
    }

    /**
     * Whether the task is started and its thread is alive.
     * @return {@code false} before the start and after the end, and also if the thread
     * has ended by itself
     */
    public boolean isAlive() {
        Thread started = this.thread;
        return started != null && started.isAlive();
    }

    /**
     * Stops the task and interrupts a run. Returns at once.
     */
    @Override
    public void close() {
        Thread stopped = end();
        if (stopped != null) {
            stopped.interrupt();
        }
    }

    /**
     * Stops the task after its run, which is interrupted if it takes too long.
     * @param deadline until when to wait for its end, by {@link System#nanoTime()}
     */
    public void stop(long deadline) {
        Thread stopped = end();
        if (stopped == null) {
            return;
        }
        LockSupport.unpark(stopped);
        try {
            TimeUnit.NANOSECONDS.timedJoin(stopped, Math.max(1, deadline - System.nanoTime()));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        stopped.interrupt();
    }

    private synchronized @Nullable Thread end() {
        Thread stopped = this.thread;
        this.thread = null;
        return stopped;
    }

    private boolean isStopped() {
        return this.thread != Thread.currentThread();
    }

    private void run() {
        boolean failing = false;
        pause(this.first);
        while (!isStopped()) {
            Duration next = this.delay;
            try {
                this.work.run();
                failing = false;
            }
            catch (Throwable ex) {
                next = this.delayAfterFailure;
                failing = complain(failing, ex);
                // A stray interrupt would spoil the rest and the next run.
                boolean unused = Thread.interrupted();
            }
            pause(next);
        }
    }

    private void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0 && !isStopped(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            // A stray interrupt would let it spin.
            boolean unused = !isStopped() && Thread.interrupted();
        }
    }

    private boolean complain(boolean failing, Throwable ex) {
        try {
            if (!failing) {
                logger.warn("{}; trying again in {}", this.complaint, this.delayAfterFailure, ex);
            }
            return true;
        }
        catch (Throwable unspoken) {
            // Without memory there are no words, either.
            return false;
        }
    }

    /**
     * What a run does.
     */
    @FunctionalInterface
    public interface Work {

        /**
         * Runs once.
         * @throws InterruptedException if the thread was interrupted
         */
        void run() throws InterruptedException;

    }

}

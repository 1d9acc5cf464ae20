package io.reliablemq.outbox;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that takes one step after another until it is told to end. Whatever a step
 * throws, an Error or an interrupt included, the next one follows after a rest.
 */
final class LastingThread {

    private static final Logger logger = LoggerFactory.getLogger(LastingThread.class);

    private final String name;

    private final Step step;

    private final String complaint;

    private final Duration rest;

    private volatile boolean running;

    private volatile @Nullable Thread thread;

    /**
     * Creates one that does not run yet.
     * @param name name of the thread
     * @param step what it does; rests by itself when there is nothing to do
     * @param complaint what is wrong if a step fails, said once until one works again
     * @param rest how long it rests after a failure
     */
    LastingThread(String name, Step step, String complaint, Duration rest) {
        this.name = name;
        this.step = step;
        this.complaint = complaint;
        this.rest = rest;
    }

    void start() {
        Thread started = new Thread(this::run, this.name);
        started.setDaemon(true);
        this.running = true;
        this.thread = started;
        started.start();
    }

    boolean isAlive() {
        Thread started = this.thread;
        return this.running && started != null && started.isAlive();
    }

    /** Lets it end after its step; interrupted if that takes too long. */
    void stop(long deadline) {
        this.running = false;
        Thread started = this.thread;
        if (started == null) {
            return;
        }
        LockSupport.unpark(started);
        try {
            TimeUnit.NANOSECONDS.timedJoin(started, Math.max(1, deadline - System.nanoTime()));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        started.interrupt();
    }

    private void run() {
        boolean failing = false;
        while (this.running) {
            try {
                this.step.run();
                failing = false;
            }
            catch (Throwable ex) {
                failing = complain(failing, ex);
                // A stray interrupt would spoil the rest and the next step.
                boolean unused = Thread.interrupted();
                if (this.running) {
                    LockSupport.parkNanos(this.rest.toNanos());
                }
            }
        }
    }

    private boolean complain(boolean failing, Throwable ex) {
        try {
            if (!failing) {
                logger.warn("{}; trying again every {}", this.complaint, this.rest, ex);
            }
            return true;
        }
        catch (Throwable unspoken) {
            // Without memory there are no words, either.
            return false;
        }
    }

    /** What it does again and again. */
    @FunctionalInterface
    interface Step {

        void run() throws InterruptedException;

    }

}

package io.reliablemq.producer;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An executor of the actions that applications attach to the futures of asynchronous
 * sends. To wake a thread costs more than to send a message, so one thread runs what has
 * come while it was busy; more of them join in as long as something is left waiting,
 * because actions block.
 */
final class Completions implements Executor {

    private static final long PATIENCE_MILLIS = 5;

    private final Executor threads;

    private final ScheduledExecutorService later;

    private final int most;

    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    private final AtomicInteger workers = new AtomicInteger();

    private final AtomicBoolean watched = new AtomicBoolean();

    private volatile boolean closed;

    /**
     * Creates an executor.
     * @param threads run the actions
     * @param most most threads to use at a time
     * @param later wakes up when something has waited
     */
    Completions(Executor threads, int most, ScheduledExecutorService later) {
        this.threads = threads;
        this.most = most;
        this.later = later;
    }

    @Override
    public void execute(Runnable action) {
        this.waiting.add(action);
        if (this.closed) {
            runAll();
        }
        else if (this.workers.compareAndSet(0, 1)) {
            start();
        }
        else {
            watch();
        }
    }

    private void start() {
        try {
            this.threads.execute(this::work);
        }
        catch (Throwable ex) {
            // No thread can be had now.
            this.workers.decrementAndGet();
            watch();
        }
    }

    private void work() {
        do {
            try {
                runAll();
            }
            finally {
                this.workers.decrementAndGet();
            }
        }
        while (!this.waiting.isEmpty() && this.workers.compareAndSet(0, 1));
    }

    private void runAll() {
        for (Runnable next = this.waiting.poll(); next != null; next = this.waiting.poll()) {
            next.run();
        }
    }

    /** From now on there are no threads: whoever comes with an action runs it. */
    void close() {
        this.closed = true;
        runAll();
    }

    private void watch() {
        if (this.watched.get() || !this.watched.compareAndSet(false, true)) {
            return;
        }
        try {
            ScheduledFuture<?> unused = this.later.schedule(this::helpOut, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        }
        catch (RejectedExecutionException ex) {
            runAll();
        }
    }

    /** Whoever waits behind an action that blocks. */
    private void helpOut() {
        this.watched.set(false);
        if (this.waiting.isEmpty()) {
            return;
        }
        if (this.workers.get() < this.most) {
            this.workers.incrementAndGet();
            start();
        }
        watch();
    }

}

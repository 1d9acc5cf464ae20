package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Completes records together, a short time after their actions have ended. Until it is
 * their turn, their leases are renewed as if the actions were still running.
 * <p>
 * A crash leaves those that wait claimed: their leases run out, and another copy repeats
 * the effect. Nothing is lost, since the effect has happened before.
 */
final class DeferredCompletions {

    /** Longest wait for others. */
    static final Duration DELAY = Duration.ofMillis(50);

    /** Most that are written together; these do not wait any longer. */
    static final int TOGETHER = 256;

    /** Most that wait, those included that have failed. */
    static final int CAPACITY = 2048;

    private static final long LONGEST_PAUSE = Duration.ofSeconds(1).toNanos();

    private final LeaseKeeper keeper;

    private final ReentrantLock lock = new ReentrantLock();

    private final Condition work = this.lock.newCondition();

    private final Condition done = this.lock.newCondition();

    private final List<Waiting> waiting = new ArrayList<>();

    private final Thread thread = new Thread(this::run, "reliable-mq-completions");

    private int unfinished;

    private boolean flushing;

    private boolean closed;

    DeferredCompletions(LeaseKeeper keeper) {
        this.keeper = keeper;
        this.thread.setDaemon(true);
    }

    void start() {
        this.thread.start();
    }

    /** Whether it is taken; else the caller completes it itself. */
    boolean offer(HeldLease lease, Duration retention) {
        this.lock.lock();
        try {
            if (this.closed || this.flushing || this.unfinished >= CAPACITY || !this.thread.isAlive()) {
                return false;
            }
            this.waiting.add(new Waiting(lease, retention));
            this.unfinished++;
            if (this.waiting.size() == 1 || this.waiting.size() == TOGETHER) {
                this.work.signal();
            }
            return true;
        }
        finally {
            this.lock.unlock();
        }
    }

    /** From now on nothing is taken; returns when nothing waits any more. */
    void flush() {
        boolean interrupted = false;
        this.lock.lock();
        try {
            this.flushing = true;
            this.work.signal();
            while (this.unfinished > 0 && this.thread.isAlive()) {
                try {
                    // Ends by itself: what fails is given up when its lease ends.
                    boolean unused = this.done.await(1, TimeUnit.SECONDS);
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        }
        finally {
            this.lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void close() {
        flush();
        this.lock.lock();
        try {
            this.closed = true;
            this.work.signal();
        }
        finally {
            this.lock.unlock();
        }
    }

    private void run() {
        List<Waiting> failed = new ArrayList<>();
        int together = TOGETHER;
        long pause = DELAY.toNanos();
        while (await(failed.isEmpty() ? DELAY.toNanos() : pause, !failed.isEmpty())) {
            List<Waiting> some = take(failed);
            int before = some.size();
            failed = complete(some, together);
            finished(before - failed.size());
            if (failed.isEmpty()) {
                together = TOGETHER;
                pause = DELAY.toNanos();
            }
            else {
                // One that cannot be completed must not hold up the others for long.
                pause = (together == 1) ? Math.min(pause * 2, LONGEST_PAUSE) : pause;
                together = Math.max(1, together / 2);
            }
        }
    }

    /**
     * Until there is enough to do, or something has waited long enough.
     * @return {@code false} when it is closed and there is nothing left
     */
    private boolean await(long nanos, boolean again) {
        this.lock.lock();
        try {
            while (!again && this.waiting.isEmpty()) {
                if (this.closed) {
                    return false;
                }
                this.work.awaitUninterruptibly();
            }
            long remaining = nanos;
            while (remaining > 0 && (again || (this.waiting.size() < TOGETHER && !this.flushing))) {
                try {
                    remaining = this.work.awaitNanos(remaining);
                }
                catch (InterruptedException ex) {
                    // Nobody interrupts this thread in order to end it.
                    remaining = 0;
                }
            }
            return true;
        }
        finally {
            this.lock.unlock();
        }
    }

    private List<Waiting> take(List<Waiting> failed) {
        this.lock.lock();
        try {
            List<Waiting> taken = new ArrayList<>(failed);
            taken.addAll(this.waiting);
            this.waiting.clear();
            return taken;
        }
        finally {
            this.lock.unlock();
        }
    }

    private void finished(int count) {
        this.lock.lock();
        try {
            this.unfinished -= count;
            this.done.signalAll();
        }
        finally {
            this.lock.unlock();
        }
    }

    /** Returns those to be tried again. */
    private List<Waiting> complete(List<Waiting> all, int together) {
        List<Waiting> failed = new ArrayList<>();
        RuntimeException failure = null;
        for (List<Waiting> same : all.stream().collect(Collectors.groupingBy(Waiting::retention)).values()) {
            for (int from = 0; from < same.size(); from += together) {
                List<Waiting> some = same.subList(from, Math.min(same.size(), from + together));
                RuntimeException before = failure;
                // A store that is away must not be asked about what is over anyway.
                boolean over = before != null && some.stream().allMatch((each) -> each.lease().isOver());
                RuntimeException now = over ? before : tryToComplete(some);
                failure = (now != null) ? now : failure;
                some.forEach((each) -> end(each, now, failed));
            }
        }
        return failed;
    }

    private @Nullable RuntimeException tryToComplete(List<Waiting> some) {
        return this.keeper.tryToCompleteAll(some.stream().map(Waiting::lease).toList(), some.get(0).retention());
    }

    private void end(Waiting each, @Nullable RuntimeException failure, List<Waiting> failed) {
        if (failure != null && !each.lease().isOver()) {
            failed.add(each);
            return;
        }
        if (failure != null) {
            this.keeper.completionLost(each.lease(), failure);
            this.keeper.completeLater(each.lease(), each.retention(), true);
        }
        each.lease().close();
    }

    private record Waiting(HeldLease lease, Duration retention) {
    }

}

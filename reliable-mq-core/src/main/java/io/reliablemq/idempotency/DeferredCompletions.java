package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes records together, a short time after their actions have ended. Until it is
 * their turn, their leases are renewed as if the actions were still running.
 * <p>
 * A crash leaves those that wait claimed: their leases run out, and another copy repeats
 * the effect. Nothing is lost, since the effect has happened before.
 */
final class DeferredCompletions {

    private static final Logger logger = LoggerFactory.getLogger(DeferredCompletions.class);

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

    /** Taken and not finished; the thread's own. */
    private final Set<Waiting> inHand = new LinkedHashSet<>();

    private int together = TOGETHER;

    private long pause = DELAY.toNanos();

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

    /** Whatever a step throws, an Error included: what waits must have its end. */
    private void run() {
        boolean open = true;
        while (open) {
            try {
                open = step();
            }
            catch (Throwable ex) {
                despite(ex);
            }
        }
    }

    private boolean step() {
        if (!await(this.inHand.isEmpty() ? DELAY.toNanos() : this.pause, !this.inHand.isEmpty())) {
            return false;
        }
        take();
        int before = this.inHand.size();
        try {
            complete();
        }
        finally {
            finished(before - this.inHand.size());
        }
        if (this.inHand.isEmpty()) {
            this.together = TOGETHER;
            this.pause = DELAY.toNanos();
        }
        else {
            // One that cannot be completed must not hold up the others for long.
            this.pause = (this.together == 1) ? Math.min(this.pause * 2, LONGEST_PAUSE) : this.pause;
            this.together = Math.max(1, this.together / 2);
        }
        return true;
    }

    /** From now on what is in hand runs out, so that it does not wait for ever. */
    private void despite(Throwable ex) {
        try {
            this.inHand.forEach((each) -> each.lease().end());
            logger.warn("Records could not be completed together; trying again", ex);
        }
        catch (Throwable unspoken) {
            // Without memory there are no words, either.
        }
        boolean unused = Thread.interrupted();
        LockSupport.parkNanos(DELAY.toNanos());
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

    private void take() {
        this.lock.lock();
        try {
            this.inHand.addAll(this.waiting);
            this.waiting.clear();
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

    /** What is left in hand is to be tried again. */
    private void complete() {
        RuntimeException failure = null;
        for (List<Waiting> same : this.inHand.stream().collect(Collectors.groupingBy(Waiting::retention)).values()) {
            for (int from = 0; from < same.size(); from += this.together) {
                List<Waiting> some = same.subList(from, Math.min(same.size(), from + this.together));
                RuntimeException before = failure;
                // A store that is away must not be asked about what is over anyway.
                boolean over = before != null && some.stream().allMatch((each) -> each.lease().isOver());
                RuntimeException now = over ? before : tryToComplete(some);
                failure = (now != null) ? now : failure;
                some.forEach((each) -> end(each, now));
            }
        }
    }

    private @Nullable RuntimeException tryToComplete(List<Waiting> some) {
        return this.keeper.tryToCompleteAll(some.stream().map(Waiting::lease).toList(), some.get(0).retention());
    }

    private void end(Waiting each, @Nullable RuntimeException failure) {
        if (failure != null && !each.lease().isOver()) {
            return;
        }
        this.inHand.remove(each);
        each.lease().close();
        if (failure != null) {
            this.keeper.completeLater(each.lease(), each.retention(), true);
            this.keeper.completionLost(each.lease(), failure);
        }
    }

    private record Waiting(HeldLease lease, Duration retention) {
    }

}

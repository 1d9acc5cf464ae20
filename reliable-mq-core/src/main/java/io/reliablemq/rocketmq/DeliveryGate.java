package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the deliveries that run in one container, and stops new ones when the container
 * is to be drained. What waits at the closed gate is neither acknowledged nor sent back.
 */
final class DeliveryGate {

    private final ReentrantLock lock = new ReentrantLock();

    private final Condition idle = this.lock.newCondition();

    private final CountDownLatch released = new CountDownLatch(1);

    private int running;

    private boolean closed;

    boolean tryEnter() {
        this.lock.lock();
        try {
            if (this.closed) {
                return false;
            }
            this.running++;
            return true;
        }
        finally {
            this.lock.unlock();
        }
    }

    void leave() {
        this.lock.lock();
        try {
            this.running--;
            if (this.running == 0) {
                this.idle.signalAll();
            }
        }
        finally {
            this.lock.unlock();
        }
    }

    boolean isClosed() {
        this.lock.lock();
        try {
            return this.closed;
        }
        finally {
            this.lock.unlock();
        }
    }

    void close() {
        this.lock.lock();
        try {
            this.closed = true;
        }
        finally {
            this.lock.unlock();
        }
    }

    /**
     * Waits until nothing runs any more.
     * @return the number of deliveries that still run when the time is over
     */
    int awaitIdle(Duration timeout) throws InterruptedException {
        long remaining = timeout.toNanos();
        this.lock.lockInterruptibly();
        try {
            while (this.running > 0 && remaining > 0) {
                remaining = this.idle.awaitNanos(remaining);
            }
            return this.running;
        }
        finally {
            this.lock.unlock();
        }
    }

    /**
     * Lets those go that wait at the gate; their queues must have been dropped before.
     */
    void release() {
        this.released.countDown();
    }

    /** Ends early only when the thread is interrupted, as a stopping container does. */
    void awaitRelease() {
        try {
            this.released.await();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

}

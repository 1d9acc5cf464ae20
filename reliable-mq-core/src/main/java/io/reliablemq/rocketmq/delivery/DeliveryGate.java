package io.reliablemq.rocketmq.delivery;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the deliveries that run in one container, lets no more than its limit run at a
 * time, and stops new ones when the container is to be drained. What waits at the closed
 * gate is neither acknowledged nor sent back.
 * <p>
 * No thread goes back to RocketMQ interrupted. The client takes a lock then that an
 * interrupted thread does not get, goes on as if the failed message were gone, and moves
 * the offset past it. A pool that stops interrupts its threads again by itself.
 */
public final class DeliveryGate {

    private static final int NO_LIMIT = 1 << 20;

    private final ReentrantLock lock = new ReentrantLock();

    private final Condition idle = this.lock.newCondition();

    private final CountDownLatch released = new CountDownLatch(1);

    private final Slots slots = new Slots(NO_LIMIT);

    private final DeliveryLoad load = new DeliveryLoad();

    private int limit = NO_LIMIT;

    private int running;

    private boolean closed;

    public DeliveryLoad load() {
        return this.load;
    }

    /**
     * The pool of a container that is made smaller keeps its threads for as long as there
     * is work; the limit holds at once. What runs goes on.
     */
    public void limit(int deliveries) {
        this.lock.lock();
        try {
            int more = deliveries - this.limit;
            this.limit = deliveries;
            if (more > 0) {
                this.slots.release(more);
            }
            else {
                this.slots.reducePermits(-more);
            }
        }
        finally {
            this.lock.unlock();
        }
    }

    /**
     * Waits for a turn, in the order of arrival.
     * @return {@code false} if the gate is closed, or the thread is interrupted as a
     * stopping container does
     */
    boolean enter() {
        try {
            this.slots.acquire();
        }
        catch (InterruptedException ex) {
            return false;
        }
        this.lock.lock();
        try {
            if (this.closed) {
                forgetInterruption();
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
        forgetInterruption();
        this.slots.release();
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

    public boolean isClosed() {
        this.lock.lock();
        try {
            return this.closed;
        }
        finally {
            this.lock.unlock();
        }
    }

    public void close() {
        this.lock.lock();
        try {
            this.closed = true;
            this.slots.release(NO_LIMIT);
        }
        finally {
            this.lock.unlock();
        }
    }

    /**
     * Waits until nothing runs any more.
     * @return the number of deliveries that still run when the time is over
     */
    public int awaitIdle(Duration timeout) throws InterruptedException {
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
    public void release() {
        this.released.countDown();
    }

    /**
     * For a thread that was not let in. At an open gate it was interrupted by somebody
     * else, and would wait until the application closes: its messages come again.
     */
    void awaitReleaseIfClosed() {
        if (isClosed()) {
            awaitRelease();
        }
        forgetInterruption();
    }

    /** Ends early only when the thread is interrupted, as a stopping container does. */
    void awaitRelease() {
        try {
            this.released.await();
        }
        catch (InterruptedException ex) {
            // Forgotten, as in leave().
        }
    }

    /**
     * Also where a listener has left the thread interrupted: what follows must not fail
     * for it, neither a commit nor the count of failures.
     */
    static void forgetInterruption() {
        boolean unused = Thread.interrupted();
    }

    private static final class Slots extends Semaphore {

        private static final long serialVersionUID = 1L;

        Slots(int permits) {
            super(permits, true);
        }

        @Override
        public void reducePermits(int reduction) {
            super.reducePermits(reduction);
        }

    }

}

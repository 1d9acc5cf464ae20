package io.reliablemq.producer;

import java.util.concurrent.Semaphore;

/**
 * The permits of asynchronous sends in flight. One is taken before a send begins, and
 * given back when its future is completed and the actions that the application attached
 * have run: what waits for a slow action keeps its place, so that callers feel it.
 */
final class InFlightPermits extends Semaphore {

    private static final long serialVersionUID = 1L;

    private final transient ThreadLocal<Boolean> inAction = new ThreadLocal<>();

    private final int most;

    InFlightPermits(int most) {
        super(most);
        this.most = most;
    }

    /** Completes a future whose actions run on this thread, then gives its place back. */
    void complete(Runnable completion) {
        Boolean outer = this.inAction.get();
        this.inAction.set(Boolean.TRUE);
        try {
            completion.run();
        }
        finally {
            if (outer == null) {
                this.inAction.remove();
            }
            release();
        }
    }

    /**
     * Takes a place without waiting if an action asks for it: it would wait for places
     * that only threads like its own give back. There are then more than allowed, at
     * least until the action ends.
     * @return whether it has one
     */
    boolean takeInAction() {
        if (this.inAction.get() == null) {
            return false;
        }
        if (!tryAcquire()) {
            reducePermits(1);
        }
        return true;
    }

    /** As many as there are, but for that of an action which asks. */
    int others() {
        return (this.inAction.get() != null) ? this.most - 1 : this.most;
    }

}

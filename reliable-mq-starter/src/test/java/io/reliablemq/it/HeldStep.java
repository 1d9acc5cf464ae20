package io.reliablemq.it;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Holds every delivery until it is let go; makes no effect.
 */
final class HeldStep implements Step {

    private final Semaphore permits = new Semaphore(0);

    private final AtomicInteger held = new AtomicInteger();

    private final AtomicInteger most = new AtomicInteger();

    @Override
    public void handle(String key, Runnable effect) throws InterruptedException {
        int now = this.held.incrementAndGet();
        this.most.accumulateAndGet(now, Math::max);
        try {
            this.permits.acquire();
        }
        finally {
            this.held.decrementAndGet();
        }
    }

    int held() {
        return this.held.get();
    }

    /** The most that were held at a time since it was last asked. */
    int most() {
        return this.most.getAndSet(this.held.get());
    }

    void letGo(int deliveries) {
        this.permits.release(deliveries);
    }

}

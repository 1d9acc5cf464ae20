package io.reliablemq.it;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets so many messages pass and holds the others until the process is killed. So a kill
 * comes while there is work, however late the test notices that it is time.
 */
final class CappedStep implements Step {

    private final CountDownLatch never = new CountDownLatch(1);

    private final AtomicInteger left;

    CappedStep(int most) {
        this.left = new AtomicInteger(most);
    }

    @Override
    public void handle(String key, Runnable effect) throws InterruptedException {
        if (this.left.getAndDecrement() <= 0) {
            this.never.await();
        }
        effect.run();
    }

}

package io.reliablemq.producer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Time that passes only when somebody sleeps or says so.
 */
class FakeTicker implements Ticker {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000);

    final List<Duration> slept = Collections.synchronizedList(new ArrayList<>());

    volatile Runnable onSleep = () -> {
    };

    void pass(Duration duration) {
        this.nanos.addAndGet(duration.toNanos());
    }

    @Override
    public long nanos() {
        return this.nanos.get();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        this.slept.add(duration);
        pass(duration);
        this.onSleep.run();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

}

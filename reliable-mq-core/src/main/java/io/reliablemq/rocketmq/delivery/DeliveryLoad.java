package io.reliablemq.rocketmq.delivery;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import io.reliablemq.concurrency.ListenerLoad;

/**
 * Counters of one listener's running and completed deliveries.
 */
public final class DeliveryLoad {

    private final LongAdder completed = new LongAdder();

    private final LongAdder failed = new LongAdder();

    private final LongAdder busyNanos = new LongAdder();

    private final AtomicInteger running = new AtomicInteger();

    void begin(int messages) {
        this.running.addAndGet(messages);
    }

    void end(int messages, int failures, long nanos) {
        this.running.addAndGet(-messages);
        this.completed.add(messages);
        this.failed.add(failures);
        this.busyNanos.add(nanos);
    }

    public ListenerLoad load() {
        return new ListenerLoad(this.completed.sum(), this.failed.sum(), this.busyNanos.sum(), this.running.get());
    }

}

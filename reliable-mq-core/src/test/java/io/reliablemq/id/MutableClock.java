package io.reliablemq.id;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that stands still until it is set, or moves with each read.
 */
class MutableClock extends Clock {

    static final long START = Instant.parse("2026-03-01T12:00:00Z").toEpochMilli();

    private final AtomicLong millis = new AtomicLong(START);

    private volatile long tick;

    /** Lets each read move the clock. */
    void tick(long millis) {
        this.tick = millis;
    }

    void add(long millis) {
        this.millis.addAndGet(millis);
    }

    @Override
    public long millis() {
        return this.millis.getAndAdd(this.tick);
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

}

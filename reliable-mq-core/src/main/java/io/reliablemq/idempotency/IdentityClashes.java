package io.reliablemq.idempotency;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a message is skipped as a duplicate of another one that had the same
 * identity by accident: both ids were drawn, but for messages with different UNIQ_KEYs.
 * That happens where two senders share an id space and do not share the worker ids, as
 * with two live copies of one database. Counts {@code reliable.mq.identity.clash}.
 */
@Internal
public final class IdentityClashes {

    private static final Logger logger = LoggerFactory.getLogger(IdentityClashes.class);

    private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

    private final Counter counter;

    private final AtomicLong logged = new AtomicLong(System.nanoTime() - PAUSE);

    /**
     * Creates a watch.
     * @param meters where the counter is registered
     */
    public IdentityClashes(MeterRegistry meters) {
        this.counter = Counter.builder("reliable.mq.identity.clash")
            .description("Messages skipped as duplicates although another message had their identity")
            .register(meters);
    }

    /**
     * A watch that only logs.
     * @return a new one
     */
    public static IdentityClashes logging() {
        return new IdentityClashes(new CompositeMeterRegistry());
    }

    /**
     * Compares a message that is skipped with the one that was processed.
     * @param skipped its record
     * @param recorded the other one's origin, {@code null} if it is not known
     */
    public void check(RecordKey skipped, @Nullable Long recorded) {
        Long own = skipped.origin();
        if (own == null || recorded == null || own.equals(recorded)) {
            return;
        }
        this.counter.increment();
        long last = this.logged.get();
        long now = System.nanoTime();
        if (now - last >= PAUSE && this.logged.compareAndSet(last, now)) {
            logger.error(
                    "Message {} was skipped by {} as a duplicate, but the message that was processed is another one"
                            + " with the same id and id space. Two senders share an id space, but not the worker ids:"
                            + " is there a live copy of a sender's database, or one fixed worker id on two nodes? Empty"
                            + " the table of the worker ids in the copy, or set reliable-mq.id.space there, and restart"
                            + " it. Said once a minute; reliable.mq.identity.clash counts all.",
                    skipped.identity(), skipped.group());
        }
    }

}

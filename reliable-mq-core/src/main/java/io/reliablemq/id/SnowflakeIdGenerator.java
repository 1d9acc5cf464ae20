package io.reliablemq.id;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * Ids of 41 bits of milliseconds since 2024-01-01T00:00:00Z, 10 bits of worker id and 12
 * bits of sequence, enough until 2093. A millisecond's sequence begins at a random place
 * of its lower half, so that two generators with one worker id, which should not be,
 * rarely meet; after one that was used up it begins at 0, which gives 4,096 ids per
 * millisecond under load. Lock-free; never runs ahead of the clock: when the sequence of
 * a millisecond is used up the next one is waited for. A clock that was set back is
 * waited out up to a bound, then {@link ClockMovedBackwardsException} is thrown.
 */
public final class SnowflakeIdGenerator implements MessageIdGenerator, AutoCloseable {

    /** Timestamp 0 of the format, in epoch milliseconds. */
    static final long EPOCH = Instant.parse("2024-01-01T00:00:00Z").toEpochMilli();

    private static final int SEQUENCE_BITS = 12;

    private static final int TIMESTAMP_SHIFT = SEQUENCE_BITS + 10;

    private static final int SEQUENCES = 1 << SEQUENCE_BITS;

    private static final int FIRST_SEQUENCES = SEQUENCES / 2;

    private static final long LAST_TIMESTAMP = EPOCH + (1L << 41) - 1;

    private static final long CLOSED = -1;

    private final Worker worker;

    private final SteadyClock clock;

    private final @Nullable String space;

    /** The greatest id given out; 0 before the first, {@link #CLOSED} after the last. */
    private final AtomicLong last = new AtomicLong();

    SnowflakeIdGenerator(Worker worker, Clock clock, Duration clockBackwardWait) {
        this(worker, clock, clockBackwardWait, null);
    }

    private SnowflakeIdGenerator(Worker worker, Clock clock, Duration clockBackwardWait, @Nullable String space) {
        this.space = IdSpace.check(space);
        this.worker = worker;
        this.clock = new SteadyClock(clock, clockBackwardWait);
    }

    /**
     * A generator with a worker id that nobody else uses. Two running instances with the
     * same number, or a restart behind a clock that was set back, can draw the same id:
     * lease the worker id to rule that out.
     * @param workerId from 0 to 1023
     * @param clock where the timestamps come from
     * @param clockBackwardWait how long a clock that was set back is waited out
     * @return the generator
     */
    public static SnowflakeIdGenerator fixed(int workerId, Clock clock, Duration clockBackwardWait) {
        return fixed(workerId, clock, clockBackwardWait, null);
    }

    /**
     * A generator with a worker id that nobody else of its space uses.
     * @param workerId from 0 to 1023
     * @param clock where the timestamps come from
     * @param clockBackwardWait how long a clock that was set back is waited out
     * @param space name of the id space, {@code null} for none
     * @return the generator
     */
    public static SnowflakeIdGenerator fixed(int workerId, Clock clock, Duration clockBackwardWait,
            @Nullable String space) {
        return new SnowflakeIdGenerator(new FixedWorker(workerId), clock, clockBackwardWait, space);
    }

    /**
     * A generator that leases its worker id at once, extends the lease in the background,
     * takes another worker id if it has lost it, and gives it back when closed. Its id
     * space is that of the allocator.
     * @param allocator where the leases are kept
     * @param clock where the timestamps come from
     * @param clockBackwardWait how long a clock that was set back is waited out
     * @param options length of the lease, and patience
     * @return the generator
     * @throws WorkerIdUnavailableException if there is none to lease
     */
    public static SnowflakeIdGenerator leased(WorkerIdAllocator allocator, Clock clock, Duration clockBackwardWait,
            WorkerLeaseOptions options) {
        LeasedWorker worker = LeasedWorker.start(allocator, clock, options);
        try {
            // After the lease: one that was found in an emptied store has the new space.
            return new SnowflakeIdGenerator(worker, clock, clockBackwardWait, allocator.space());
        }
        catch (RuntimeException ex) {
            worker.close(0);
            throw ex;
        }
    }

    /**
     * The same with an id space of a name that was chosen.
     * @param allocator where the leases are kept
     * @param clock where the timestamps come from
     * @param clockBackwardWait how long a clock that was set back is waited out
     * @param options length of the lease, and patience
     * @param space name of the id space, {@code null} for none
     * @return the generator
     * @throws WorkerIdUnavailableException if there is none to lease
     */
    public static SnowflakeIdGenerator leased(WorkerIdAllocator allocator, Clock clock, Duration clockBackwardWait,
            WorkerLeaseOptions options, @Nullable String space) {
        IdSpace.check(space);
        return new SnowflakeIdGenerator(LeasedWorker.start(allocator, clock, options), clock, clockBackwardWait, space);
    }

    /**
     * When an id was drawn.
     * @param id an id of this format
     * @return the time, to the millisecond
     */
    public static Instant timestampOf(long id) {
        return Instant.ofEpochMilli(millisOf(id));
    }

    /**
     * Which worker drew an id.
     * @param id an id of this format
     * @return from 0 to 1023
     */
    public static int workerIdOf(long id) {
        return (int) (id >>> SEQUENCE_BITS) & (WorkerIdAllocator.WORKERS - 1);
    }

    /**
     * The smallest id that can be drawn at a time or later, to search by time.
     * @param time the time; before 2024 gives 0
     * @return an id of this format
     */
    public static long smallestIdAt(Instant time) {
        return Math.max(0, time.toEpochMilli() - EPOCH) << TIMESTAMP_SHIFT;
    }

    @Override
    public long nextId() {
        return reserve(1);
    }

    @Override
    public long[] nextIds(int count) {
        long[] ids = new long[count];
        int drawn = 0;
        while (drawn < count) {
            long first = reserve(count - drawn);
            int granted = granted(first, count - drawn);
            for (int i = 0; i < granted; i++) {
                ids[drawn++] = first + i;
            }
        }
        return ids;
    }

    @Override
    public @Nullable String space() {
        return this.space;
    }

    /**
     * Gives the worker id back. No id can be drawn afterwards.
     */
    @Override
    public void close() {
        long last = this.last.getAndSet(CLOSED);
        if (last != CLOSED) {
            this.worker.close(millisOf(last));
        }
    }

    /**
     * Reserves up to {@code count} consecutive ids.
     * @return the first; how many follows from it, see {@link #granted}
     */
    private long reserve(int count) {
        while (true) {
            // In this order: a clock read after the last id is behind it only if it was
            // set back, and an id drawn under a seat that has just been replaced still
            // respects that seat's limit.
            long last = this.last.get();
            ActiveWorkerLease seat = this.worker.seat();
            long now = this.clock.millis();
            if (last == CLOSED) {
                throw new IllegalStateException("The message id generator is closed: send before shutting down.");
            }
            long floor = Math.max(millisOf(last), seat.floor());
            boolean sequel = now == millisOf(last) && now > seat.floor() && canFollow(last, seat);
            if (now <= floor && !sequel) {
                this.clock.awaitAfter(floor);
            }
            else if (now > seat.limit()) {
                this.worker.awaitBeyondLimit(seat, now);
            }
            else {
                long first = sequel ? last + 1 : firstOf(now, seat, last);
                if (this.last.compareAndSet(last, first + granted(first, count) - 1)) {
                    return first;
                }
                Thread.onSpinWait();
            }
        }
    }

    private static boolean canFollow(long last, ActiveWorkerLease seat) {
        return workerIdOf(last) == seat.workerId() && sequenceOf(last) < SEQUENCES - 1;
    }

    /**
     * After a millisecond that was used up there is load, and every place is needed; two
     * generators with one worker id would meet then wherever they begin.
     */
    private static long firstOf(long now, ActiveWorkerLease seat, long last) {
        if (now > LAST_TIMESTAMP) {
            throw new IllegalStateException("The clock shows " + Instant.ofEpochMilli(now)
                    + ", beyond the last timestamp of the id format: correct the clock.");
        }
        int sequence = (sequenceOf(last) == SEQUENCES - 1 && millisOf(last) == now - 1) ? 0
                : ThreadLocalRandom.current().nextInt(FIRST_SEQUENCES);
        return ((now - EPOCH) << TIMESTAMP_SHIFT) | ((long) seat.workerId() << SEQUENCE_BITS) | sequence;
    }

    private static int granted(long first, int count) {
        return Math.min(count, SEQUENCES - sequenceOf(first));
    }

    private static int sequenceOf(long id) {
        return (int) id & (SEQUENCES - 1);
    }

    private static long millisOf(long id) {
        return (id >>> TIMESTAMP_SHIFT) + EPOCH;
    }

}

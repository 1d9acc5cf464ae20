package io.reliablemq.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.reliablemq.schedule.PeriodicTask;

/**
 * What the relay does beside sending: gives messages back that are not sent now, writes
 * what could not be written, and, on a thread of its own because that may take long,
 * counts and deletes.
 */
final class RelayUpkeep {

    /** What is more waits until its claim has run out. */
    private static final int MOST_RETURNED = 20_000;

    private static final int AT_ONCE = 500;

    private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(100);

    /** What is not given back until then becomes free when its claim ends. */
    private static final long LAST_MOMENT = TimeUnit.SECONDS.toNanos(2);

    private final OutboxDispatcher delivery;

    private final OutboxMeters meters;

    private final OutboxPurge purge;

    private final Runnable wakeUp;

    private final Duration rest;

    private final BlockingQueue<OutboxEntry> returned = new LinkedBlockingQueue<>(MOST_RETURNED);

    private long nextLate = System.nanoTime();

    private final PeriodicTask returning;

    private final PeriodicTask counting;

    /**
     * Creates what does not run yet.
     * @param delivery writes what came of claims
     * @param meters counts
     * @param purge deletes
     * @param wakeUp called when messages can be claimed again
     * @param rest how long to rest when there is nothing to do
     */
    RelayUpkeep(OutboxDispatcher delivery, OutboxMeters meters, OutboxPurge purge, Runnable wakeUp, Duration rest) {
        this.delivery = delivery;
        this.meters = meters;
        this.purge = purge;
        this.wakeUp = wakeUp;
        this.rest = rest;
        this.returning = PeriodicTask.continuous("reliable-mq-outbox-return", rest,
                "What came of outbox claims cannot be written", this::giveSomeBack);
        this.counting = PeriodicTask.continuous("reliable-mq-outbox-upkeep", rest,
                "The outbox cannot be counted, or old messages cannot be deleted", this::countAndDelete);
    }

    void start() {
        this.returning.start();
        this.counting.start();
    }

    boolean isAlive() {
        return this.returning.isAlive() && this.counting.isAlive();
    }

    /** Lets any instance send them, soon and without waiting here. */
    void giveBack(List<OutboxEntry> entries) {
        for (OutboxEntry entry : entries) {
            if (!this.returned.offer(entry.withoutBody())) {
                return;
            }
        }
    }

    private void giveSomeBack() throws InterruptedException {
        OutboxEntry first = this.returned.poll(LOOK, TimeUnit.NANOSECONDS);
        if (first != null) {
            boolean unused = giveBackFrom(first);
            this.wakeUp.run();
        }
        long now = System.nanoTime();
        if (now - this.nextLate >= 0) {
            this.nextLate = now + this.rest.toNanos();
            this.delivery.settleLate();
        }
    }

    /** Says whether it could be written. */
    private boolean giveBackFrom(OutboxEntry first) {
        List<OutboxEntry> some = new ArrayList<>();
        some.add(first);
        this.returned.drainTo(some, AT_ONCE - 1);
        return this.delivery.settle(OutboxSender.untried(some, Duration.ZERO));
    }

    private void countAndDelete() throws InterruptedException {
        this.meters.refresh();
        if (!this.purge.run(System.nanoTime())) {
            LockSupport.parkNanos(this.rest.toNanos());
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    /**
     * Gives back what is left and writes what can be written, as long as the database
     * answers: the application is to close also if it does not.
     */
    void stop(long deadline) {
        this.returning.stop(Math.max(deadline, System.nanoTime() + 2 * LOOK));
        this.counting.stop(Math.max(deadline, System.nanoTime() + 2 * LOOK));
        Thread last = new Thread(this::giveAllBack, "reliable-mq-outbox-last");
        last.setDaemon(true);
        last.start();
        try {
            TimeUnit.NANOSECONDS.timedJoin(last, Math.max(LAST_MOMENT, deadline - System.nanoTime()));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveAllBack() {
        boolean written = true;
        for (OutboxEntry first = this.returned.poll(); first != null && written; first = this.returned.poll()) {
            written = giveBackFrom(first);
        }
        if (written) {
            this.delivery.settleLate();
        }
    }

}

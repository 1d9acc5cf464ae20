package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Messages that were just committed by this instance, sent in batches as they come by a
 * few threads of its own. It takes a bounded number; the rest is the relay's.
 */
final class CommittedMessages {

    private static final int CAPACITY = 2000;

    private static final int THREADS = 4;

    private static final int AT_ONCE = 50;

    private final BlockingQueue<OutboxEntry> queue = new ArrayBlockingQueue<>(CAPACITY);

    private final List<Thread> threads = new ArrayList<>();

    private final Consumer<List<OutboxEntry>> send;

    private volatile boolean open;

    CommittedMessages(Consumer<List<OutboxEntry>> send) {
        this.send = send;
    }

    void start() {
        this.open = true;
        for (int i = 1; i <= THREADS; i++) {
            Thread thread = new Thread(this::run, "reliable-mq-outbox-commit-" + i);
            thread.setDaemon(true);
            thread.start();
            this.threads.add(thread);
        }
    }

    boolean offer(OutboxEntry entry) {
        return this.open && this.queue.offer(entry);
    }

    private void run() {
        List<OutboxEntry> some = new ArrayList<>();
        while (this.open || !this.queue.isEmpty()) {
            some.clear();
            try {
                OutboxEntry first = this.queue.poll(100, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                some.add(first);
            }
            catch (InterruptedException ex) {
                // Stopping took too long; what waits is given back.
                return;
            }
            this.queue.drainTo(some, AT_ONCE - 1);
            this.send.accept(List.copyOf(some));
        }
    }

    /**
     * Takes nothing more and sends what waits, up to a time.
     * @return what was not sent
     */
    List<OutboxEntry> stop(long deadline) {
        this.open = false;
        try {
            for (Thread thread : this.threads) {
                TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, deadline - System.nanoTime()));
                thread.interrupt();
            }
        }
        catch (InterruptedException ex) {
            this.threads.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
        }
        this.threads.clear();
        List<OutboxEntry> left = new ArrayList<>();
        this.queue.drainTo(left);
        return left;
    }

}

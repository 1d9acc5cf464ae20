package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the outcomes of claims. While some is being written, what others bring waits and
 * is then written together, in one transaction; nobody goes on before theirs is written.
 * If that fails, each is written alone, so that none fails for another.
 */
final class Settlements {

    private static final Logger logger = LoggerFactory.getLogger(Settlements.class);

    /** One that is blocked must not keep all others waiting. */
    private static final int WRITERS = 2;

    private static final int MOST_TOGETHER = 500;

    private final Consumer<Collection<OutboxOutcome>> store;

    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();

    private final Semaphore writers = new Semaphore(WRITERS, true);

    Settlements(Consumer<Collection<OutboxOutcome>> store) {
        this.store = store;
    }

    /** Returns when it is written; throws what the store throws. */
    void settle(Collection<OutboxOutcome> outcomes) {
        if (outcomes.isEmpty()) {
            return;
        }
        Waiting own = new Waiting(outcomes);
        this.queue.add(own);
        this.writers.acquireUninterruptibly();
        try {
            while (!own.taken) {
                write(take());
            }
        }
        finally {
            this.writers.release();
        }
        own.await();
    }

    /** How many wait to be written. */
    int waiting() {
        return this.queue.size();
    }

    private List<Waiting> take() {
        List<Waiting> some = new ArrayList<>(64);
        int outcomes = 0;
        for (Waiting next = this.queue.poll(); next != null; next = (outcomes < MOST_TOGETHER) ? this.queue.poll()
                : null) {
            next.taken = true;
            some.add(next);
            outcomes += next.outcomes.size();
        }
        return some;
    }

    private void write(List<Waiting> some) {
        try {
            if (some.size() > 1) {
                this.store.accept(some.stream().flatMap((each) -> each.outcomes.stream()).toList());
                some.forEach((each) -> each.written.complete(null));
            }
        }
        catch (Throwable ex) {
            logger.debug("What came of {} sends is written one by one", some.size(), ex);
        }
        for (Waiting each : some) {
            if (!each.written.isDone()) {
                writeAlone(each);
            }
        }
    }

    private void writeAlone(Waiting waiting) {
        try {
            this.store.accept(waiting.outcomes);
            waiting.written.complete(null);
        }
        catch (Throwable ex) {
            // Thrown by whoever waits for it.
            waiting.written.completeExceptionally(ex);
        }
    }

    /** What one thread has brought. */
    private static final class Waiting {

        private final Collection<OutboxOutcome> outcomes;

        private final CompletableFuture<Void> written = new CompletableFuture<>();

        private volatile boolean taken;

        Waiting(Collection<OutboxOutcome> outcomes) {
            this.outcomes = outcomes;
        }

        void await() {
            try {
                this.written.join();
            }
            catch (CompletionException ex) {
                if (ex.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw ex;
            }
        }

    }

}

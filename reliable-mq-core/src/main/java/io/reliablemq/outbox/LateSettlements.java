package io.reliablemq.outbox;

import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what came of claims, row by row if it fails together, and keeps what cannot be
 * written until its claim ends: a message that was sent and is not marked is sent once
 * more. Throws nothing.
 */
final class LateSettlements {

    private static final Logger logger = LoggerFactory.getLogger(LateSettlements.class);

    /** So many failures one after another are the store's and not a row's. */
    private static final int STORE_IS_AWAY = 3;

    private static final int MOST = 20_000;

    private final Consumer<Collection<OutboxOutcome>> write;

    private final Queue<OutboxOutcome> waiting = new ConcurrentLinkedQueue<>();

    private final AtomicInteger count = new AtomicInteger();

    private final AtomicBoolean failing = new AtomicBoolean();

    LateSettlements(Consumer<Collection<OutboxOutcome>> write) {
        this.write = write;
    }

    /** Whether all is written. */
    boolean write(Collection<OutboxOutcome> outcomes) {
        if (outcomes.isEmpty() || isWritten(outcomes)) {
            return true;
        }
        int failures = 0;
        boolean all = true;
        for (OutboxOutcome outcome : outcomes) {
            boolean written = outcomes.size() > 1 && failures < STORE_IS_AWAY && isWritten(List.of(outcome));
            failures = written ? 0 : failures + 1;
            if (!written) {
                all = false;
                keep(outcome);
            }
        }
        return all;
    }

    /** Tries each once more; those whose claim has ended are somebody else's. */
    void writeAgain(long now) {
        int failures = 0;
        for (int left = this.count.get(); left > 0 && failures < STORE_IS_AWAY; left--) {
            OutboxOutcome outcome = this.waiting.poll();
            if (outcome == null) {
                return;
            }
            this.count.decrementAndGet();
            if (outcome.entry().claimEnd() - now <= 0) {
                logger.debug("What came of message {} was not written before its claim ended",
                        outcome.entry().message().id());
            }
            else if (isWritten(List.of(outcome))) {
                failures = 0;
            }
            else {
                failures++;
                keep(outcome);
            }
        }
    }

    private boolean isWritten(Collection<OutboxOutcome> outcomes) {
        try {
            this.write.accept(outcomes);
            this.failing.set(false);
            return true;
        }
        catch (Throwable ex) {
            if (this.failing.compareAndSet(false, true)) {
                logger.warn("What came of {} message(s) cannot be written to the outbox; it is tried again while their"
                        + " claims last, and then they are sent again", outcomes.size(), ex);
            }
            return false;
        }
    }

    private void keep(OutboxOutcome outcome) {
        if (this.count.incrementAndGet() > MOST) {
            this.count.decrementAndGet();
            return;
        }
        this.waiting.add(outcome.withoutBody());
    }

}

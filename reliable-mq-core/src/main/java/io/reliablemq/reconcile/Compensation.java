package io.reliablemq.reconcile;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.StoredMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends lost messages again, up to a number per run and at a bounded rate. What was sent
 * is noted in the ledger right after: a crash in between sends some again in the next
 * run, and the group's guard absorbs that.
 */
final class Compensation {

    private static final Logger logger = LoggerFactory.getLogger(Compensation.class);

    private static final int NOTED_AT_ONCE = 50;

    private final Redelivery redelivery;

    private final ReconcileOptions options;

    private final Clock clock;

    private int left;

    private long next = System.nanoTime();

    private final Set<String> refused = new HashSet<>();

    Compensation(Redelivery redelivery, ReconcileOptions options, Clock clock) {
        this.redelivery = redelivery;
        this.options = options;
        this.clock = clock;
        this.left = options.dryRun() ? 0 : options.maxPerRun();
    }

    /** Sends what one page of a ledger has lost. */
    void send(SentLedger ledger, List<Loss> losses) {
        List<SentMessage> sent = new ArrayList<>();
        try {
            for (Loss loss : losses) {
                if (this.left == 0) {
                    return;
                }
                if (!this.refused.contains(loss.tally().group()) && send(ledger, loss)) {
                    sent.add(loss.message());
                }
                if (sent.size() == NOTED_AT_ONCE) {
                    ledger.markResent(sent, this.clock.instant());
                    sent.clear();
                }
            }
        }
        finally {
            if (!sent.isEmpty()) {
                ledger.markResent(sent, this.clock.instant());
            }
        }
    }

    private boolean send(SentLedger ledger, Loss loss) {
        StoredMessage stored = ledger.load(loss.message());
        if (stored == null) {
            loss.tally()
                .fail("Message " + loss.message().id() + " cannot be sent again: the ledger has no payload of it.");
            return false;
        }
        awaitTurn();
        try {
            this.redelivery.deliver(stored, loss.group());
        }
        catch (ReliableMQException ex) {
            logger.warn("Message {} could not be sent again to {}; nothing more is in this run", loss.message().id(),
                    loss.tally().group(), ex);
            this.refused.add(loss.tally().group());
            loss.tally().fail(ex.getMessage());
            return false;
        }
        this.left--;
        loss.tally().countResent();
        logger.info("Sent message {} again to {}: {}", loss.message().id(), loss.tally().group(), loss.verdict());
        return true;
    }

    private void awaitTurn() {
        long now = System.nanoTime();
        while (now < this.next) {
            if (Thread.currentThread().isInterrupted()) {
                throw new ReliableMQException("Interrupted while sending lost messages again; the next run goes on.");
            }
            LockSupport.parkNanos(this.next - now);
            now = System.nanoTime();
        }
        this.next = now + (long) (TimeUnit.SECONDS.toNanos(1) / this.options.rate());
    }

    /**
     * A message that one group has lost.
     *
     * @param message the message
     * @param group the group
     * @param tally the group's counts
     * @param verdict how it was lost
     */
    record Loss(SentMessage message, GroupSubscription group, GroupTally tally, Verdict verdict) {
    }

}

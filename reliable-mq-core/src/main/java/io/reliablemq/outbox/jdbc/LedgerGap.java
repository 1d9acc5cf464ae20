package io.reliablemq.outbox.jdbc;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The period for which the ledger lacks messages. It begins when the last time nothing
 * waited to be written, because what waits is lost with what follows.
 */
final class LedgerGap {

    private static final Logger logger = LoggerFactory.getLogger(LedgerGap.class);

    private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(1);

    private final BiConsumer<Instant, Instant> listener;

    private final Clock clock;

    private Instant complete;

    private Instant nextReport;

    private @Nullable Instant from;

    LedgerGap(BiConsumer<Instant, Instant> listener, Clock clock) {
        this.listener = listener;
        this.clock = clock;
        this.complete = clock.instant();
        this.nextReport = this.complete;
    }

    /** All that was sent so far is noted, unless a gap is open. */
    synchronized void nothingWaits() {
        this.complete = this.clock.instant();
    }

    /** Something is missing. */
    synchronized void open() {
        open(this.complete);
    }

    /** Something is missing that was sent before a certain time. */
    synchronized void open(Instant sent) {
        Instant begin = sent.isBefore(this.complete) ? sent : this.complete;
        if (this.from == null || begin.isBefore(this.from)) {
            this.from = begin;
        }
    }

    /** Whether there is a gap that was not told yet. */
    synchronized boolean isOpen() {
        return this.from != null;
    }

    /** Tells of an open gap, now and then, until that has worked. */
    void report() {
        Instant begin;
        Instant now = this.clock.instant();
        synchronized (this) {
            begin = this.from;
            if (begin == null || now.isBefore(this.nextReport)) {
                return;
            }
            this.nextReport = now.plus(BETWEEN_REPORTS);
            this.from = null;
        }
        boolean told = false;
        try {
            this.listener.accept(begin, now.plusMillis(1));
            told = true;
        }
        catch (RuntimeException ex) {
            logger.warn("A gap of the ledger since {} could not be recorded; trying again", begin, ex);
        }
        finally {
            if (!told) {
                open(begin);
            }
        }
    }

}

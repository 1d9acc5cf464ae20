package io.reliablemq.deadletter;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

import io.reliablemq.ReliableMQException;
import io.reliablemq.idempotency.IdempotencyStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run over letters: claim, send, mark as sent. Crash points: before the claim,
 * nothing has happened; between claim and send, the letter is REPLAYING until the lease
 * ends and can be replayed again then; between send and mark, the same, and the guard
 * absorbs the second copy.
 */
final class Replays {

    private static final Logger logger = LoggerFactory.getLogger(Replays.class);

    private static final int FAILURES_IN_A_ROW = 3;

    private final DeadLetterService letters;

    private final DeadLetterTransport transport;

    private final DeadLetterOptions options;

    private final String owner;

    private final ReplayOptions wishes;

    private final long interval;

    private final Map<Long, String> failed = new LinkedHashMap<>();

    private long next = System.nanoTime();

    private int sent;

    private int skipped;

    private int failuresInARow;

    Replays(DeadLetterService letters, DeadLetterTransport transport, DeadLetterOptions options, String owner,
            ReplayOptions wishes) {
        this.letters = letters;
        this.transport = transport;
        this.options = options;
        this.owner = owner;
        this.wishes = wishes;
        this.interval = (long) (1e9 / wishes.perSecond());
    }

    /** Whether to go on with the next one. */
    boolean replay(DeadLetter letter) {
        Optional<String> refusal = this.transport.refusal(letter);
        if (refusal.isPresent()) {
            failed(letter, refusal.get());
            return true;
        }
        if (!awaitTurn()) {
            return false;
        }
        ReplayClaim claim;
        try {
            claim = this.letters.claim(letter, this.owner, this.wishes.by(), this.options.sendLease());
        }
        catch (DeadLetterStoreException | IdempotencyStoreException ex) {
            throw ex;
        }
        catch (RuntimeException ex) {
            // Of this one letter: its payload cannot be decoded.
            logger.warn("Dead letter {} of {} could not be read", letter.id(), letter.key().group(), ex);
            failed(letter, String.valueOf(ex.getMessage()));
            return true;
        }
        if (claim instanceof ReplayClaim.Granted granted) {
            send(granted.details());
        }
        else {
            this.skipped++;
        }
        return this.failuresInARow < FAILURES_IN_A_ROW;
    }

    private void send(DeadLetterDetails details) {
        DeadLetter letter = details.letter();
        if (!details.complete()) {
            String why = "Not sent, for the letter is without the message's payload. " + letter.note();
            failed(letter, why);
            this.letters.takeBack(letter, why, this.options.replayTimeout());
            return;
        }
        try {
            this.transport.redeliver(details);
        }
        catch (ReliableMQException ex) {
            logger.warn("Dead letter {} of {} could not be replayed", letter.id(), letter.key().group(), ex);
            this.failuresInARow++;
            failed(letter, String.valueOf(ex.getMessage()));
            this.letters.takeBack(letter, "Not sent: " + ex.getMessage(), this.options.replayTimeout());
            return;
        }
        this.sent++;
        this.failuresInARow = 0;
        this.letters.store().sent(letter.id(), letter.replay().epoch(), this.options.replayTimeout());
    }

    private void failed(DeadLetter letter, String reason) {
        this.failed.put(letter.id(), reason);
    }

    private boolean awaitTurn() {
        for (long wait = this.next - System.nanoTime(); wait > 0; wait = this.next - System.nanoTime()) {
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(this, wait);
        }
        this.next = Math.max(this.next, System.nanoTime() - this.interval) + this.interval;
        return !Thread.currentThread().isInterrupted();
    }

    ReplayReport report(boolean complete) {
        return new ReplayReport(this.sent, this.skipped, this.failed, complete);
    }

}

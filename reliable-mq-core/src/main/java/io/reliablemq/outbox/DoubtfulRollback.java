package io.reliablemq.outbox;

import java.util.function.LongConsumer;

import org.jspecify.annotations.Nullable;

/**
 * Rollbacks to savepoints that may be those of another transaction: callbacks are told of
 * the savepoints of all transactions on the thread, and not whose they are. Something is
 * written right before the database goes back; whether it is still there afterwards
 * tells. Where that cannot be told, the messages since then are neither kept nor dropped:
 * the transaction must not be committed.
 */
final class DoubtfulRollback {

    /** Drops the messages of a transaction from one on. */
    private final LongConsumer undo;

    private @Nullable Pending pending;

    private @Nullable Undecided undecided;

    DoubtfulRollback(LongConsumer undo) {
        this.undo = undo;
    }

    /**
     * Expects one; throws nothing, because the database is still to go back.
     * @param store where the messages would be stored
     * @param position number of the first message since the savepoint
     */
    void expect(OutboxStore store, long position) {
        settle();
        try {
            this.pending = new Pending(store, position, store.writeProbe());
        }
        catch (RuntimeException ex) {
            doubt(position, ex);
        }
    }

    /** Finds out what became of the last one; throws nothing. */
    void settle() {
        Pending last = this.pending;
        this.pending = null;
        if (last == null) {
            return;
        }
        try {
            if (last.hasHappened()) {
                undo(last.position());
            }
        }
        catch (RuntimeException ex) {
            doubt(last.position(), ex);
        }
    }

    /** Goes back for certain, also behind what is in doubt. */
    void undo(long position) {
        if (this.undecided != null && position <= this.undecided.position()) {
            this.undecided = null;
        }
        this.undo.accept(position);
    }

    private void doubt(long position, RuntimeException cause) {
        if (this.undecided == null || position < this.undecided.position()) {
            this.undecided = new Undecided(position, cause);
        }
    }

    /**
     * Finds out what became of all of them.
     * @throws OutboxStoreException if that cannot be told of one
     */
    void require() {
        settle();
        if (this.undecided != null) {
            throw new OutboxStoreException("A transaction on this thread was rolled back to a savepoint, and the outbox"
                    + " cannot tell whether that was the one that its messages are part of: the cause says why. What"
                    + " was sent since the savepoint may be undone or not, so nothing is committed: roll the"
                    + " transaction back and repeat it as a whole. A store of your own has to implement writeProbe"
                    + " and takeProbe.", false, this.undecided.cause());
        }
    }

    /**
     * One that is expected.
     *
     * @param store where something was written
     * @param position number of the first message since the savepoint
     * @param probe what was written; {@code null} if the transaction took no statements
     */
    private record Pending(OutboxStore store, long position, @Nullable Object probe) {

        /** Whether the transaction that the store writes to has gone back. */
        boolean hasHappened() {
            return (this.probe != null) ? !this.store.takeProbe(this.probe) : takesStatementsAgain();
        }

        private boolean takesStatementsAgain() {
            Object later = this.store.writeProbe();
            return later != null && this.store.takeProbe(later);
        }

    }

    /**
     * One of which nothing is known.
     *
     * @param position number of the first message since the savepoint
     * @param cause why not
     */
    private record Undecided(long position, RuntimeException cause) {
    }

}

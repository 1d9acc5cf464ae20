package io.reliablemq.outbox;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A rollback to a savepoint that may be that of another transaction: callbacks are told
 * of the savepoints of all transactions on the thread, and not whose they are. Something
 * is written right before the database goes back; whether it is still there afterwards
 * tells.
 */
final class DoubtfulRollback {

    private static final Logger logger = LoggerFactory.getLogger(DoubtfulRollback.class);

    private final OutboxStore store;

    private final long position;

    private final @Nullable Object probe;

    /**
     * Writes it.
     * @param store where the messages would be stored
     * @param position number of the first message since the savepoint
     */
    DoubtfulRollback(OutboxStore store, long position) {
        this.store = store;
        this.position = position;
        this.probe = write(store);
    }

    private static @Nullable Object write(OutboxStore store) {
        try {
            return store.writeProbe();
        }
        catch (RuntimeException ex) {
            // A statement has failed the transaction: that is why it goes back.
            logger.debug("Nothing can be written before the rollback to a savepoint", ex);
            return null;
        }
    }

    long position() {
        return this.position;
    }

    /** Whether the transaction that the store writes to has gone back. */
    boolean hasHappened() {
        return this.probe == null || !this.store.takeProbe(this.probe);
    }

}

package io.reliablemq.outbox;

import org.springframework.core.Ordered;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Knows how far a commit has come. Right before it, after all callbacks, what the last of
 * them have sent is stored. While callbacks run after a commit, Spring still shows the
 * transaction and its connection, but what is written there is no longer part of
 * anything.
 */
public final class CommitPhases implements TransactionExecutionListener {

    private final OutboxStore store;

    /**
     * Creates a listener, to be added to the managers of the store's transactions.
     * @param store where messages are stored
     */
    public CommitPhases(OutboxStore store) {
        this.store = store;
    }

    @Override
    public void beforeCommit(TransactionExecution transaction) {
        OutboxTransaction current = OutboxTransaction.current(this.store);
        if (current != null) {
            current.flush();
        }
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new Marker());
        }
    }

    static boolean isCommitted() {
        return TransactionSynchronizationManager.isSynchronizationActive()
                && TransactionSynchronizationManager.getSynchronizations()
                    .stream()
                    .anyMatch((each) -> each instanceof Marker marker && marker.committed);
    }

    /** Learns of the commit before all others. */
    private static final class Marker implements TransactionSynchronization {

        private boolean committed;

        @Override
        public int getOrder() {
            return Ordered.HIGHEST_PRECEDENCE;
        }

        @Override
        public void afterCommit() {
            this.committed = true;
        }

    }

}

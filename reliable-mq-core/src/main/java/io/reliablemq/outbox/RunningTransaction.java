package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A transaction that messages can become part of, from its begin to its end. It is known
 * by what Spring binds to the thread for it, not by the synchronizations that happen to
 * be current: those may be of another manager's transaction, while the connection is
 * still that of this one.
 */
final class RunningTransaction implements TransactionSynchronization, PriorityOrdered {

    private static final Logger logger = LoggerFactory.getLogger(RunningTransaction.class);

    private final TransactionKey key;

    private final TransactionExecution execution;

    private final @Nullable RunningTransaction outer;

    private final List<OutboxTransaction> parts = new ArrayList<>(1);

    /** How many messages there had been at each savepoint. */
    private final IdentityHashMap<Object, Long> savepoints = new IdentityHashMap<>();

    /**
     * Whether savepoints of another manager's transaction, around this one, may be told.
     */
    private final boolean within;

    private boolean followsSavepoints;

    private boolean suspended;

    private final DoubtfulRollback doubtful = new DoubtfulRollback(this::cut);

    private long messages;

    private Phase phase = Phase.OPEN;

    private @Nullable EntityTransactions committing;

    private RunningTransaction(TransactionKey key, TransactionExecution execution, @Nullable RunningTransaction outer) {
        this.key = key;
        this.execution = execution;
        this.outer = outer;
        this.within = execution instanceof DefaultTransactionStatus status && status.getSuspendedResources() != null;
    }

    /**
     * Follows a transaction that has just begun.
     * @param id what the store knows it by
     * @param execution what its manager knows it by
     */
    static void begin(Object id, TransactionExecution execution) {
        RunningTransaction outer = of(id);
        if (outer != null && outer.execution == execution) {
            return;
        }
        TransactionKey key = keyOf(id);
        RunningTransaction transaction = new RunningTransaction(key, execution, outer);
        TransactionSynchronizationManager.unbindResourceIfPossible(key);
        TransactionSynchronizationManager.bindResource(key, transaction);
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(transaction);
            transaction.followsSavepoints = true;
        }
    }

    /**
     * Finds a transaction that is followed.
     * @param id what the store knows it by
     */
    static @Nullable RunningTransaction of(Object id) {
        return (RunningTransaction) TransactionSynchronizationManager.getResource(keyOf(id));
    }

    private static TransactionKey keyOf(Object id) {
        return new TransactionKey(id, RunningTransaction.class);
    }

    boolean isOf(TransactionExecution manager) {
        return this.execution == manager;
    }

    boolean isReadOnly() {
        return this.execution.isReadOnly();
    }

    /** Whether what is written on its connection is part of nothing any more. */
    boolean isOver() {
        return this.phase == Phase.OVER || (this.committing != null && this.committing.haveEnded());
    }

    /** Whether messages are to be stored as they come. */
    boolean storesAtOnce() {
        return this.phase == Phase.COMMITTING || !this.followsSavepoints;
    }

    boolean followsSavepoints() {
        return this.followsSavepoints;
    }

    /** The messages of an outbox in this transaction. */
    OutboxTransaction part(Outbox outbox) {
        this.doubtful.require();
        if (this.suspended && TransactionSynchronizationManager.isSynchronizationActive()) {
            listenInside();
        }
        for (OutboxTransaction part : this.parts) {
            if (part.isOf(outbox)) {
                return part;
            }
        }
        OutboxTransaction part = new OutboxTransaction(outbox, this);
        this.parts.add(part);
        return part;
    }

    /** Numbers messages, so that those since a savepoint are known. */
    long next() {
        return this.messages++;
    }

    /** What all callbacks before the commit have sent is stored. */
    void committing() {
        this.doubtful.require();
        this.phase = Phase.COMMITTING;
        this.committing = EntityTransactions.current();
        this.parts.forEach(OutboxTransaction::storeAll);
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    /** Another manager's transaction is current, but the connection is this one's. */
    private void listenInside() {
        if (TransactionSynchronizationManager.getSynchronizations()
            .stream()
            .noneMatch((each) -> each instanceof Inside inside && inside.transaction == this)) {
            TransactionSynchronizationManager.registerSynchronization(new Inside(this, this.messages));
        }
    }

    @Override
    public void suspend() {
        this.suspended = true;
    }

    @Override
    public void resume() {
        this.suspended = false;
    }

    @Override
    public void savepoint(Object savepoint) {
        this.doubtful.settle();
        this.savepoints.put(savepoint, this.messages);
    }

    @Override
    public void savepointRollback(Object savepoint) {
        Long position = this.savepoints.get(savepoint);
        if (position != null && this.within) {
            doubt(position);
        }
        else if (position != null) {
            this.doubtful.undo(position);
        }
    }

    /** Goes back to a savepoint that is certainly this transaction's. */
    void rollBackTo(TransactionExecution nested) {
        this.doubtful.settle();
        Long position = this.savepoints.get(nested);
        if (position != null) {
            this.doubtful.undo(position);
        }
    }

    private void cut(long position) {
        this.parts.forEach((part) -> part.cut(position));
    }

    private void doubt(long position) {
        this.doubtful.settle();
        for (OutboxTransaction part : this.parts) {
            if (part.hasSince(position)) {
                this.doubtful.expect(part.store(), position);
                return;
            }
        }
    }

    /** Callbacks after the commit still see the transaction, but it is over. */
    @Override
    public void afterCommit() {
        this.phase = Phase.OVER;
    }

    @Override
    public void afterCompletion(int status) {
        end(status);
    }

    /** What comes after the end is begun, once, and not waited for. */
    void end(int status) {
        this.phase = Phase.OVER;
        if (of(this.key.id()) == this) {
            TransactionSynchronizationManager.unbindResource(this.key);
            if (this.outer != null && this.outer.phase != Phase.OVER) {
                TransactionSynchronizationManager.bindResource(this.key, this.outer);
            }
        }
        List<OutboxTransaction> ended = List.copyOf(this.parts);
        this.parts.clear();
        for (OutboxTransaction part : ended) {
            try {
                part.end(status);
            }
            catch (RuntimeException | Error ex) {
                logger.error("Messages of a transaction that has ended could not be handed over; those that are stored"
                        + " are sent when their claims have run out", ex);
            }
        }
    }

    private enum Phase {

        OPEN, COMMITTING, OVER

    }

    /**
     * Learns of savepoints while another manager's transaction is current.
     *
     * @param transaction the one around it
     * @param start how many messages there had been
     */
    private record Inside(RunningTransaction transaction, long start) implements TransactionSynchronization {

        @Override
        public void savepoint(Object savepoint) {
            this.transaction.savepoint(savepoint);
        }

        @Override
        public void savepointRollback(Object savepoint) {
            // One that is not known was set before the first message here.
            this.transaction.doubt(this.transaction.savepoints.getOrDefault(savepoint, this.start));
        }

    }

}

package io.reliablemq.outbox;

import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronization;

/**
 * Tells the outbox of the transactions of a manager, from their begin to their end. Right
 * before the commit, after all callbacks, what they have sent is stored. While the
 * manager commits, and JPA calls entity listeners, what is sent is stored at once. While
 * callbacks run after a commit, Spring still shows the transaction and its connection,
 * but what is written there is no longer part of anything.
 * <p>
 * To be added to each manager of the store's DataSource. Messages in transactions of a
 * manager without it are stored as they are sent, and sent by the relay.
 */
@Internal
public final class CommitTracker implements TransactionExecutionListener {

    private final OutboxStore store;

    /**
     * Creates a listener, to be added to the managers of the store's transactions.
     * @param store where messages are stored
     */
    public CommitTracker(OutboxStore store) {
        this.store = store;
    }

    @Override
    public void afterBegin(TransactionExecution execution, @Nullable Throwable failure) {
        if (failure != null) {
            return;
        }
        Object id = this.store.transaction();
        if (id == null) {
            return;
        }
        if (execution.isNewTransaction()) {
            RunningTransaction.begin(id, execution);
            return;
        }
        // Its savepoint may have been set while another manager's transaction is current.
        RunningTransaction transaction = RunningTransaction.of(id);
        if (transaction != null) {
            transaction.savepoint(execution);
        }
    }

    @Override
    public void beforeCommit(TransactionExecution execution) {
        RunningTransaction transaction = current(execution);
        if (transaction != null) {
            transaction.committing();
        }
    }

    @Override
    public void beforeRollback(TransactionExecution execution) {
        Object id = execution.isNewTransaction() ? null : this.store.transaction();
        RunningTransaction transaction = (id != null) ? RunningTransaction.of(id) : null;
        if (transaction != null) {
            transaction.rollBackTo(execution);
        }
    }

    @Override
    public void afterCommit(TransactionExecution execution, @Nullable Throwable failure) {
        end(execution, (failure != null) ? TransactionSynchronization.STATUS_UNKNOWN
                : TransactionSynchronization.STATUS_COMMITTED);
    }

    @Override
    public void afterRollback(TransactionExecution execution, @Nullable Throwable failure) {
        end(execution, (failure != null) ? TransactionSynchronization.STATUS_UNKNOWN
                : TransactionSynchronization.STATUS_ROLLED_BACK);
    }

    private void end(TransactionExecution execution, int status) {
        RunningTransaction transaction = current(execution);
        if (transaction != null) {
            transaction.end(status);
        }
    }

    private @Nullable RunningTransaction current(TransactionExecution execution) {
        Object id = execution.isNewTransaction() ? this.store.transaction() : null;
        RunningTransaction transaction = (id != null) ? RunningTransaction.of(id) : null;
        return (transaction != null && transaction.isOf(execution)) ? transaction : null;
    }

}

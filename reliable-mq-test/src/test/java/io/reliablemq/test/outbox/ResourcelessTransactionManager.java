package io.reliablemq.test.outbox;

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.SmartTransactionObject;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Of transactions without a connection, as those of a JMS session are for a database.
 */
class ResourcelessTransactionManager extends AbstractPlatformTransactionManager {

    @Override
    protected Object doGetTransaction() {
        Session session = new Session();
        session.state = (State) TransactionSynchronizationManager.getResource(this);
        return session;
    }

    @Override
    protected boolean isExistingTransaction(Object transaction) {
        return ((Session) transaction).state != null;
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
        State state = new State();
        ((Session) transaction).state = state;
        TransactionSynchronizationManager.bindResource(this, state);
    }

    @Override
    protected Object doSuspend(Object transaction) {
        return TransactionSynchronizationManager.unbindResource(this);
    }

    @Override
    protected void doResume(@Nullable Object transaction, Object suspended) {
        TransactionSynchronizationManager.bindResource(this, suspended);
    }

    @Override
    protected void doCommit(DefaultTransactionStatus status) {
        // nothing to commit
    }

    @Override
    protected void doRollback(DefaultTransactionStatus status) {
        // nothing to roll back
    }

    @Override
    protected void doSetRollbackOnly(DefaultTransactionStatus status) {
        State state = ((Session) status.getTransaction()).state;
        if (state != null) {
            state.rollbackOnly = true;
        }
    }

    @Override
    protected void doCleanupAfterCompletion(Object transaction) {
        TransactionSynchronizationManager.unbindResource(this);
    }

    private static final class State {

        private boolean rollbackOnly;

    }

    private static final class Session implements SmartTransactionObject {

        private @Nullable State state;

        @Override
        public boolean isRollbackOnly() {
            return this.state != null && this.state.rollbackOnly;
        }

        @Override
        public void flush() {
            // nothing to flush
        }

    }

}

package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.List;

import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.SmartTransactionObject;

/**
 * Notes what happens to the only transaction that there can be.
 */
final class RecordingTransactionManager extends AbstractPlatformTransactionManager {

    final List<String> events = new ArrayList<>();

    RuntimeException failAtBegin;

    RuntimeException failAtCommit;

    RuntimeException failAtRollback;

    private boolean active;

    private boolean rollbackOnly;

    @Override
    protected Object doGetTransaction() {
        return new SmartTransactionObject() {

            @Override
            public boolean isRollbackOnly() {
                return RecordingTransactionManager.this.rollbackOnly;
            }

            @Override
            public void flush() {
            }

        };
    }

    @Override
    protected boolean isExistingTransaction(Object transaction) {
        return this.active;
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
        throwIfSet(this.failAtBegin);
        this.active = true;
        this.rollbackOnly = false;
        this.events.add("begin");
    }

    @Override
    protected void doCommit(DefaultTransactionStatus status) {
        this.active = false;
        throwIfSet(this.failAtCommit);
        this.events.add("commit");
    }

    @Override
    protected void doRollback(DefaultTransactionStatus status) {
        this.active = false;
        throwIfSet(this.failAtRollback);
        this.events.add("rollback");
    }

    @Override
    protected void doSetRollbackOnly(DefaultTransactionStatus status) {
        this.rollbackOnly = true;
        this.events.add("rollback-only");
    }

    private static void throwIfSet(RuntimeException failure) {
        if (failure != null) {
            throw failure;
        }
    }

}

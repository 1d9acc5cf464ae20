package io.reliablemq.test.outbox;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Does with the connection what {@code JpaTransactionManager} does: transactions are
 * known by a resource of its own, the connection is exposed in a holder that is not
 * marked as active or synchronized, and what is noted is flushed as part of the commit.
 */
class ExposingTransactionManager extends AbstractPlatformTransactionManager {

    private final DataSource dataSource;

    /** Entity listeners. */
    Runnable flush = () -> {
    };

    ExposingTransactionManager(DataSource dataSource) {
        setNestedTransactionAllowed(true);
        this.dataSource = dataSource;
    }

    /** As {@code TransactionManagers} looks for it. */
    public DataSource getDataSource() {
        return this.dataSource;
    }

    @Override
    protected Object doGetTransaction() {
        Session transaction = new Session();
        transaction.setSavepointAllowed(isNestedTransactionAllowed());
        transaction.setConnectionHolder((ConnectionHolder) TransactionSynchronizationManager.getResource(this));
        return transaction;
    }

    @Override
    protected boolean isExistingTransaction(Object transaction) {
        return ((Session) transaction).hasConnectionHolder();
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
        try {
            Connection connection = this.dataSource.getConnection();
            Session session = (Session) transaction;
            session.restoresAutoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            ConnectionHolder holder = new ConnectionHolder(connection);
            try {
                TransactionSynchronizationManager.bindResource(this.dataSource, holder);
            }
            catch (IllegalStateException ex) {
                connection.setAutoCommit(session.restoresAutoCommit);
                connection.close();
                throw ex;
            }
            TransactionSynchronizationManager.bindResource(this, holder);
            session.setConnectionHolder(holder);
        }
        catch (SQLException | IllegalStateException ex) {
            throw new CannotCreateTransactionException("No connection", ex);
        }
    }

    @Override
    protected Object doSuspend(Object transaction) {
        TransactionSynchronizationManager.unbindResource(this.dataSource);
        return TransactionSynchronizationManager.unbindResource(this);
    }

    @Override
    protected void doResume(@Nullable Object transaction, Object suspended) {
        TransactionSynchronizationManager.bindResource(this, suspended);
        TransactionSynchronizationManager.bindResource(this.dataSource, suspended);
    }

    @Override
    protected void doCommit(DefaultTransactionStatus status) {
        this.flush.run();
        try {
            connection(status).commit();
        }
        catch (SQLException ex) {
            throw new TransactionSystemException("No commit", ex);
        }
    }

    @Override
    protected void doRollback(DefaultTransactionStatus status) {
        try {
            connection(status).rollback();
        }
        catch (SQLException ex) {
            throw new TransactionSystemException("No rollback", ex);
        }
    }

    private static Connection connection(DefaultTransactionStatus status) {
        return ((Session) status.getTransaction()).getConnectionHolder().getConnection();
    }

    @Override
    protected void doSetRollbackOnly(DefaultTransactionStatus status) {
        ((Session) status.getTransaction()).getConnectionHolder().setRollbackOnly();
    }

    @Override
    protected void doCleanupAfterCompletion(Object transaction) {
        TransactionSynchronizationManager.unbindResource(this);
        TransactionSynchronizationManager.unbindResource(this.dataSource);
        Session session = (Session) transaction;
        try (Connection connection = session.getConnectionHolder().getConnection()) {
            connection.setAutoCommit(session.restoresAutoCommit);
        }
        catch (SQLException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static final class Session extends JdbcTransactionObjectSupport {

        private boolean restoresAutoCommit;

        @Override
        public boolean isRollbackOnly() {
            return hasConnectionHolder() && getConnectionHolder().isRollbackOnly();
        }

    }

}

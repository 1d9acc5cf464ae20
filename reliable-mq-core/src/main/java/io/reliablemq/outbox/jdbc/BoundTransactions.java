package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Tells whether the connection that is bound to the thread belongs to a transaction on
 * the DataSource. It may as well be kept only because something was read while another
 * manager's transaction, or JTA's, is current: that one commits nothing there. Begins no
 * transactions itself.
 */
@SuppressWarnings("serial")
final class BoundTransactions extends DataSourceTransactionManager {

    private final transient DataSource source;

    BoundTransactions(DataSource dataSource) {
        super(dataSource);
        this.source = dataSource;
    }

    /**
     * What Spring holds the transaction's connection by: one that JDBC's manager has
     * begun, or one that JPA's or Hibernate's manager exposes, which are not marked as
     * synchronized.
     */
    @Nullable Object current() {
        return (TransactionSynchronizationManager.getResource(this.source) instanceof ConnectionHolder holder
                && (!holder.isSynchronizedWithTransaction() || isExistingTransaction(doGetTransaction()))) ? holder
                        : null;
    }

    /**
     * Whether it is certain that what is written is committed by the transaction's
     * manager, even if that tells nothing of its transactions.
     */
    boolean isCertain() {
        return TransactionSynchronizationManager.getResource(this.source) instanceof ConnectionHolder holder
                && (holder.isSynchronizedWithTransaction() ? isExistingTransaction(doGetTransaction())
                        : TransactionSynchronizationManager.isActualTransactionActive() && !commitsEachStatement());
    }

    private boolean commitsEachStatement() {
        Connection connection = DataSourceUtils.getConnection(this.source);
        try {
            return connection.getAutoCommit();
        }
        catch (SQLException ex) {
            // A connection that cannot even tell this is not in a transaction.
            return true;
        }
        finally {
            DataSourceUtils.releaseConnection(connection, this.source);
        }
    }

}

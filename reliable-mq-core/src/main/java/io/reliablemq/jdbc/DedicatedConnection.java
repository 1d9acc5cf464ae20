package io.reliablemq.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

/**
 * A connection that is opened at its first use and kept, for work that must not wait for
 * a pool. A broken one is replaced and the work done again, once. In auto-commit mode.
 * Safe for use by several threads, one at a time.
 */
public final class DedicatedConnection implements AutoCloseable {

    private static final int VALIDATION_SECONDS = 2;

    private final DataSource source;

    private final Duration networkTimeout;

    private @Nullable Connection connection;

    private int usualNetworkTimeout = -1;

    private boolean usualAutoCommit;

    /**
     * Creates it without connecting.
     * @param source where the connection comes from; a pool lends it for good
     * @param networkTimeout after which a statement without an answer fails and the
     * connection is replaced, where the driver can do that
     */
    public DedicatedConnection(DataSource source, Duration networkTimeout) {
        this.source = source;
        this.networkTimeout = networkTimeout;
    }

    /**
     * Does something on the connection.
     * @param <T> the result
     * @param work what to do; done twice if the connection breaks, so doing it again must
     * do no harm
     * @return the result
     * @throws SQLException if a statement fails on a sound connection, or if there is
     * none
     */
    public synchronized <T> T call(SqlWork<T> work) throws SQLException {
        Connection current = (this.connection != null) ? this.connection : open();
        try {
            return work.on(current);
        }
        catch (SQLException ex) {
            if (isSound(current)) {
                throw ex;
            }
            discard(current, ex);
            return work.on(open());
        }
    }

    /**
     * Gives the connection back. A later call opens another one.
     * @throws SQLException if the driver cannot close it
     */
    @Override
    public synchronized void close() throws SQLException {
        Connection current = this.connection;
        this.connection = null;
        if (current != null) {
            try (current) {
                if (this.usualNetworkTimeout >= 0) {
                    current.setNetworkTimeout(Runnable::run, this.usualNetworkTimeout);
                }
                if (!this.usualAutoCommit) {
                    current.setAutoCommit(false);
                }
            }
        }
    }

    private Connection open() throws SQLException {
        Connection opened = this.source.getConnection();
        this.connection = opened;
        this.usualAutoCommit = opened.getAutoCommit();
        if (!this.usualAutoCommit) {
            opened.setAutoCommit(true);
        }
        try {
            int usual = opened.getNetworkTimeout();
            opened.setNetworkTimeout(Runnable::run, (int) this.networkTimeout.toMillis());
            this.usualNetworkTimeout = usual;
        }
        catch (SQLFeatureNotSupportedException ex) {
            this.usualNetworkTimeout = -1;
        }
        return opened;
    }

    private void discard(Connection broken, SQLException cause) {
        this.connection = null;
        try {
            broken.close();
        }
        catch (SQLException ex) {
            cause.addSuppressed(ex);
        }
    }

    private static boolean isSound(Connection connection) {
        try {
            return connection.isValid(VALIDATION_SECONDS);
        }
        catch (SQLException ex) {
            return false;
        }
    }

}

package io.reliablemq.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Work on a connection that the caller opens and closes.
 *
 * @param <T> the result
 */
@FunctionalInterface
public interface SqlWork<T> {

    /**
     * Does it.
     * @param connection an open connection
     * @return the result
     * @throws SQLException if a statement fails
     */
    T on(Connection connection) throws SQLException;

}

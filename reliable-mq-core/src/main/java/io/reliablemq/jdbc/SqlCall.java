package io.reliablemq.jdbc;

import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

/**
 * A request to a database.
 *
 * @param <T> the answer
 */
@FunctionalInterface
public interface SqlCall<T extends @Nullable Object> {

    /**
     * Asks the database.
     * @return the answer
     * @throws SQLException if there is none
     */
    T get() throws SQLException;

}

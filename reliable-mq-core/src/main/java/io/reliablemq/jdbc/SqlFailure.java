package io.reliablemq.jdbc;

/**
 * The meaning of an {@link java.sql.SQLException} of one of the library's own statements.
 */
public enum SqlFailure {

    /** A row with this key exists. */
    DUPLICATE_KEY,

    /**
     * Another transaction was in the way: lock timeout, deadlock, serialization failure,
     * or the statement was cancelled because it took too long. Trying again may help; the
     * transaction must be rolled back.
     */
    LOCK_CONFLICT,

    /** Everything else: nothing is known about the data. */
    OTHER

}

package io.reliablemq.idempotency;

/**
 * Where the records of a listener are kept.
 */
public enum IdempotencyStoreType {

    /** JDBC if there is a JDBC store, else Redis. */
    AUTO,

    /** The database. */
    JDBC,

    /** Redis. */
    REDIS

}

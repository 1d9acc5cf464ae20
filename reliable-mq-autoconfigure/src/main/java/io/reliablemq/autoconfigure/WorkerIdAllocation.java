package io.reliablemq.autoconfigure;

/**
 * The store from which a node leases its worker id.
 */
public enum WorkerIdAllocation {

    /** From the database, else from Redis. */
    AUTO,

    /** From the database. */
    JDBC,

    /** From Redis. */
    REDIS

}

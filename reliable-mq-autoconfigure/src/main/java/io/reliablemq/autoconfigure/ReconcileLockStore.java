package io.reliablemq.autoconfigure;

/**
 * The store in which ShedLock keeps the locks of scheduled reconciliation.
 */
public enum ReconcileLockStore {

    /** In the database, else in Redis. */
    AUTO,

    /** In the database. */
    JDBC,

    /** In Redis. */
    REDIS

}

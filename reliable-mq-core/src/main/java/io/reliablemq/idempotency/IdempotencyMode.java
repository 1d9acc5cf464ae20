package io.reliablemq.idempotency;

/**
 * How the record of an effect and the effect are tied together.
 */
public enum IdempotencyMode {

    /**
     * TRANSACTIONAL where a JDBC store and a transaction manager on its DataSource exist,
     * else LEASE.
     */
    AUTO,

    /**
     * The record is written in the listener's own local transaction: the effect happens
     * exactly once for everything that is written through that transaction.
     */
    TRANSACTIONAL,

    /**
     * The record is claimed before and completed after the listener: the effect happens
     * at least once, and again only across a crash, a store outage or a lost lease.
     */
    LEASE

}

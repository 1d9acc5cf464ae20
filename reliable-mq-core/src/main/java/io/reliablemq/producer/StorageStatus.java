package io.reliablemq.producer;

/**
 * How safely the broker says it has stored a message; each includes the ones before. What
 * a broker waits for before it says so is the broker's own configuration.
 */
public enum StorageStatus {

    /** The master holds it, at least in memory. */
    STORED,

    /** The master did not report that writing it to disk took too long. */
    FLUSHED,

    /** The broker reported success: neither disk nor replicas were late. */
    REPLICATED

}

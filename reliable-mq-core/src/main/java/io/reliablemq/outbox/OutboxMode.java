package io.reliablemq.outbox;

/**
 * Which messages go through the outbox. "Inside" means inside a transaction on the
 * outbox's DataSource.
 */
public enum OutboxMode {

    /**
     * Inside: stored with the transaction. Outside: sent, and stored if that fails.
     */
    TRANSACTIONAL,

    /**
     * Inside: stored with the transaction. Outside: stored.
     */
    ALWAYS,

    /**
     * Inside: sent after the commit, and stored if that fails; a crash between the commit
     * and the send loses the message. Outside: sent, and stored if that fails.
     */
    FALLBACK,

    /**
     * Sent at once, transaction or not.
     */
    OFF

}

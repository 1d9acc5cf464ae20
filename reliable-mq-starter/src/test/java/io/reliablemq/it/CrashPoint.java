package io.reliablemq.it;

/**
 * Where a sending application stops and waits to be killed.
 */
enum CrashPoint {

    /** Its transaction is committed, nothing is sent. */
    AFTER_COMMIT,

    /** The broker has the messages, the outbox does not know. */
    BEFORE_MARK,

    /** Some rows of a batch are marked, in a transaction that is not committed. */
    IN_MARK,

    /** The relay has claimed messages, nothing is sent. */
    AFTER_CLAIM

}

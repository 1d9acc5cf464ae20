package io.reliablemq.deadletter;

/**
 * Where parked messages are kept.
 */
public enum DeadLetterStorage {

    /** In the database where there is one, else at the broker. */
    AUTO,

    /** In the group's {@code %DLQ%} topic. */
    BROKER,

    /** In the table {@code reliable_mq_dead_letter}. */
    DATABASE,

    /** In both. */
    BOTH

}

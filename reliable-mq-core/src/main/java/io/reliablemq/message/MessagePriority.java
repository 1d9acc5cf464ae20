package io.reliablemq.message;

/**
 * How urgent a message is. What follows from it is said by
 * {@code reliable-mq.producer.priority-topics}.
 */
public enum MessagePriority {

    /** Before others. */
    HIGH,

    /** Like any other. */
    NORMAL,

    /** After others. */
    LOW

}

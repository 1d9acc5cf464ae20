package io.reliablemq.rocketmq.durability;

/**
 * When a broker acknowledges a message with regard to its own disk.
 */
public enum FlushMode {

    /** After the message is on the disk: it survives the power failure of the machine. */
    SYNC,

    /**
     * When the message is in the page cache: it survives the end of the broker's process.
     */
    ASYNC

}

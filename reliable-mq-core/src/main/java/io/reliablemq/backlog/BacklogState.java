package io.reliablemq.backlog;

/**
 * How a group gets on with a topic.
 */
public enum BacklogState {

    /** Nothing waits, or what waits has not waited long. */
    HEALTHY,

    /** Messages have waited long, and the committed offsets move. */
    SLOW,

    /** Messages wait, and the committed offset of a queue does not move. */
    STALLED,

    /**
     * Messages are there, and the group has not committed an offset for any queue: it was
     * never here, or has only just come. A client that hangs in its first message makes
     * the group stalled after a while.
     */
    NEVER_CONSUMED

}
